// Parts of a program, for those who do something with the last step's result at once.
#ifndef PROGRAM_INTERNAL_H
#define PROGRAM_INTERNAL_H

#include "cr_program.h"

// Runs the steps over the elements [from, to) on the calling thread. `last`, where not NULL, receives the last step's results.
void cr_run_steps(const cr_step *steps, int step_count, cr_dtype dtype, int64_t from, int64_t to, void *last);

#endif
