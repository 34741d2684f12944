// The optimizers' loops over n elements, once per instruction set. State that an optimizer does not keep is NULL.
#ifndef OPTIMIZER_TABLE_H
#define OPTIMIZER_TABLE_H

#include "cr_optimizer.h"
#include "isa/isa.h"

typedef struct cr_optimizer_loops {
  void (*sgd)(const cr_sgd *o, int64_t n, void *p, const void *g, void *buffer);
  void (*adam)(const cr_adam *o, int64_t n, void *p, const void *g, void *mean, void *square, void *largest);
  void (*rmsprop)(const cr_rmsprop *o, int64_t n, void *p, const void *g, void *square, void *average, void *buffer);
  void (*adagrad)(const cr_adagrad *o, int64_t n, void *p, const void *g, void *sum);
} cr_optimizer_loops;

// float32, float64
typedef struct cr_optimizer_table {
  cr_optimizer_loops types[2];
} cr_optimizer_table;

#endif
