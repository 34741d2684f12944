// The optimizers' loops over n elements, once per instruction set. State that an optimizer does not keep is NULL.
#ifndef OPTIMIZER_TABLE_H
#define OPTIMIZER_TABLE_H

#include "cr_optimizer.h"
#include "isa/isa.h"

#define CR_LOOP_OF(name) void (*name)(const cr_##name *o, int64_t n, void *p, const void *g, void *const *state);
typedef struct cr_optimizer_loops {
  CR_EACH_OPTIMIZER(CR_LOOP_OF)
} cr_optimizer_loops;
#undef CR_LOOP_OF

// float32, float64
typedef struct cr_optimizer_table {
  cr_optimizer_loops types[2];
} cr_optimizer_table;

#endif
