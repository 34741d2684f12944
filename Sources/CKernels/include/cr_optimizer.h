// The steps of optimizers, one pass over parameter, gradient and state. Float32 and float64, contiguous, the arithmetic of
// PyTorch's single-tensor implementations in their order, so that the same training gives the same numbers.
#ifndef CR_OPTIMIZER_H
#define CR_OPTIMIZER_H

#include "cr_tensor.h"

// What all steps have: weight_decay adds a multiple of the parameter to the gradient, maximize turns the gradient round. `state` holds
// CR_OPTIMIZER_BUFFERS pointers; one that the optimizer does not keep, or not with these options, is NULL.
#define CR_OPTIMIZER_BUFFERS 3

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

typedef struct cr_adadelta {
  double lr, rho, eps, weight_decay;
  bool maximize;
} cr_adadelta;

// step_size is lr / (1 - beta1^t).
typedef struct cr_adamax {
  double beta1, beta2, eps, weight_decay, step_size;
  bool maximize;
} cr_adamax;

// decay as in cr_adam. correction is 1 - beta2^t; of_gradient and of_mean are what the gradient and its mean are multiplied by.
typedef struct cr_nadam {
  double beta1, beta2, eps, weight_decay, decay, correction, of_gradient, of_mean;
  bool maximize;
} cr_nadam;

// decay as in cr_adam. correction1 is 1 - beta1^t and correction2 sqrt(1 - beta2^t); rectified where the mean square is known well enough to
// be divided by, with the rectification term.
typedef struct cr_radam {
  double lr, beta1, beta2, eps, weight_decay, decay, correction1, correction2, rectification;
  bool rectified, maximize;
} cr_radam;

// decay is 1 - lambd * eta; mu is how much of the new parameter goes into the average, all of it where it is 1.
typedef struct cr_asgd {
  double eta, mu, decay, weight_decay;
  bool maximize;
} cr_asgd;

typedef struct cr_rprop {
  double eta_minus, eta_plus, smallest, largest;
  bool maximize;
} cr_rprop;

// The optimizers with a step of their own, and their state: sgd (momentum), adam (mean, mean square, largest mean square), rmsprop (mean
// square, mean, momentum), adagrad (sum of squares), adadelta (mean square, mean square of the changes), adamax (mean, largest magnitude),
// nadam and radam (mean, mean square), asgd (average of the parameter), rprop (last gradient, step sizes).
#define CR_EACH_OPTIMIZER(X) X(sgd) X(adam) X(rmsprop) X(adagrad) X(adadelta) X(adamax) X(nadam) X(radam) X(asgd) X(rprop)

#define CR_DECLARE(name) \
  void cr_##name##_step(const cr_##name *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *const *state);
CR_EACH_OPTIMIZER(CR_DECLARE)
#undef CR_DECLARE

#endif
