// Operations on few numbers one after the other, without an object for each result: what a plan runs where graphs are small. Every step is a
// call of the same function that eager code calls, so the bits are the same.
#ifndef CR_SMALL_H
#define CR_SMALL_H

#include "cr_elementwise.h"
#include "cr_reduce.h"

typedef enum cr_small_kind : uint8_t {
  CR_SMALL_UNARY,   // a cr_unary_op
  CR_SMALL_BINARY,  // a cr_binary_op of two tensors
  CR_SMALL_NUMBER,  // a cr_binary_op of a tensor and a number
  CR_SMALL_REDUCE,  // a cr_reduce_op over all elements
  CR_SMALL_SPREAD,  // the one element of x, divided by the number, at every place
} cr_small_kind;

typedef struct cr_small_step {
  cr_small_kind kind;
  uint8_t op;
  bool number_on_left;
  const cr_tensor *x, *w;
  cr_tensor *out;
  cr_scalar number;
} cr_small_step;

// Runs the steps in order. All tensors are of float32 or of float64, and contiguous.
void cr_run_small(const cr_small_step *steps, int64_t count);

#endif
