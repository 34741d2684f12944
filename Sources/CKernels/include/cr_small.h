// Operations on small tensors one after the other, without an object for each result: what a plan runs where tensors are small. Every step is a
// call of the same function that eager code calls, so the bits are the same.
#ifndef CR_SMALL_H
#define CR_SMALL_H

#include "cr_elementwise.h"
#include "cr_gemm.h"
#include "cr_reduce.h"

typedef enum cr_small_kind : uint8_t {
  CR_SMALL_UNARY,    // a cr_unary_op
  CR_SMALL_BINARY,   // a cr_binary_op of two tensors, which broadcast
  CR_SMALL_NUMBER,   // a cr_binary_op of a tensor and a number
  CR_SMALL_REDUCE,   // a cr_reduce_op
  CR_SMALL_SUM_TO,   // the sum over what broadcasting enlarged
  CR_SMALL_SPREAD,   // the one element of x, divided by the number, at every place
  CR_SMALL_COPY,     // the elements of x in the layout of out
  CR_SMALL_PRODUCT,  // x w, or of their transposes, and a bias
} cr_small_kind;

typedef struct cr_small_step {
  cr_small_kind kind;
  uint8_t op;
  bool number_on_left;
  bool x_transposed, w_transposed;
  const cr_tensor *x, *w;
  const cr_tensor *bias;  // NULL: none
  const bool *reduced;    // NULL: all dimensions
  cr_tensor *out;
  cr_scalar number;
} cr_small_step;

// Runs the steps in order. All tensors are of float32 or of float64.
void cr_run_small(const cr_small_step *steps, int64_t count);

#endif
