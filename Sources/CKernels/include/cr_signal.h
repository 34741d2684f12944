// Whether the process has been asked to end (Ctrl-C, or a polite kill), for loops that end cleanly by themselves.
#ifndef CR_SIGNAL_H
#define CR_SIGNAL_H

#include <stdbool.h>

// From here on the first SIGINT or SIGTERM only sets the flag; a second one ends the process as usual.
void cr_interrupt_watch(void);
bool cr_interrupted(void);

#endif
