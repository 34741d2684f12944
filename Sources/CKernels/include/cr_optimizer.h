// The steps of optimizers, one pass over parameter, gradient and state. Float32 and float64, contiguous, the arithmetic of
// PyTorch's single-tensor implementations in their order, so that the same training gives the same numbers.
#ifndef CR_OPTIMIZER_H
#define CR_OPTIMIZER_H

#include "cr_tensor.h"

// What all steps have: weight_decay adds a multiple of the parameter to the gradient, maximize turns the gradient round.
typedef struct cr_sgd {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
  bool first;  // the buffer has no value yet: it becomes the gradient
} cr_sgd;

// decay is 1 - lr * weight_decay where the decay is decoupled, else 1. step_size is lr / (1 - beta1^t) and correction
// sqrt(1 - beta2^t).
typedef struct cr_adam {
  double beta1, beta2, eps, weight_decay, decay, step_size, correction;
  bool maximize;
} cr_adam;

typedef struct cr_rmsprop {
  double lr, alpha, eps, weight_decay, momentum;
  bool maximize;
} cr_rmsprop;

typedef struct cr_adagrad {
  double lr, eps, weight_decay;
  bool maximize;
} cr_adagrad;

// State that an optimizer does not keep is NULL: `buffer` without momentum, `largest` without amsgrad, `average` where not centered.
void cr_sgd_step(const cr_sgd *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *buffer);
void cr_adam_step(const cr_adam *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *mean, void *square, void *largest);
void cr_rmsprop_step(const cr_rmsprop *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *square, void *average,
                     void *buffer);
void cr_adagrad_step(const cr_adagrad *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *sum);

#endif
