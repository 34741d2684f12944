// Pooling over windows of planes, float32 and float64. Tensors are contiguous.
#ifndef CR_POOLING_H
#define CR_POOLING_H

#include "cr_tensor.h"

// For each of two dimensions the windows of the outputs: elements start, start + step, ... below end, all inside the plane.
typedef struct cr_windows {
  int64_t planes, in[2], out[2], step[2];
  const int64_t *start[2], *end[2];
  const int64_t *divisor[2];  // a mean divides by the product of both, or by `fixed_divisor` where that is not 0
  double fixed_divisor;
} cr_windows;

// The largest element of each window and where in the plane it stands: the first among equals; the last NaN wins. dx is the transpose.
void cr_max_pool(cr_dtype dtype, const cr_windows *windows, const void *x, void *y, int64_t *indices);
void cr_max_pool_backward(cr_dtype dtype, const cr_windows *windows, const void *dy, const int64_t *indices, void *dx);

// The sum of each window over its divisor, and the transposed map.
void cr_mean_pool(cr_dtype dtype, const cr_windows *windows, const void *x, void *y);
void cr_mean_pool_transposed(cr_dtype dtype, const cr_windows *windows, const void *dy, void *dx);

#endif
