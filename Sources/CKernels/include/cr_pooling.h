// Pooling over windows of volumes (of planes, whose depth is 1), float32 and float64. Tensors are contiguous.
#ifndef CR_POOLING_H
#define CR_POOLING_H

#include "cr_tensor.h"

// For each of three dimensions the windows of the outputs: elements start, start + step, ... below end, all inside the volume.
typedef struct cr_windows {
  int64_t volumes, in[3], out[3], step[3];
  const int64_t *start[3], *end[3];
  const int64_t *divisor[3];  // a mean divides by the product of all, or by `fixed_divisor` where that is not 0
  double fixed_divisor;
} cr_windows;

// The largest element of each window and where in the volume it stands: the first among equals; the last NaN wins. dx is the transpose.
void cr_max_pool(cr_dtype dtype, const cr_windows *windows, const void *x, void *y, int64_t *indices);
void cr_max_pool_backward(cr_dtype dtype, const cr_windows *windows, const void *dy, const int64_t *indices, void *dx);

// The sum of each window over its divisor, and the transposed map.
void cr_mean_pool(cr_dtype dtype, const cr_windows *windows, const void *x, void *y);
void cr_mean_pool_transposed(cr_dtype dtype, const cr_windows *windows, const void *dy, void *dx);

#endif
