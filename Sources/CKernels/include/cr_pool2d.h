// Pooling over windows of planes, batch normalisation and resampling, float32 and float64. Tensors are contiguous.
#ifndef CR_POOL2D_H
#define CR_POOL2D_H

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

// x is [batch, channels, inner]. weight and bias (one element a channel) may be NULL. `mean` and `variance` (of the batch, not
// corrected for bias) have one element a channel.
typedef struct cr_batch_norm {
  int64_t batch, channels, inner;
  double eps;
} cr_batch_norm;

void cr_batch_norm_forward(cr_dtype dtype, const cr_batch_norm *norm, const void *x, const void *weight, const void *bias, void *y,
                           void *mean, void *variance);
// dx, dweight and dbias may be NULL.
void cr_batch_norm_backward(cr_dtype dtype, const cr_batch_norm *norm, const void *dy, const void *x, const void *mean,
                            const void *variance, const void *weight, void *dx, void *dweight, void *dbias);

// y[i, o, j] = sum over t of weight[o, t] x[i, index[o, t], j], and the transposed map.
typedef struct cr_resampling {
  int64_t outer, in, out, inner, taps;
  const int64_t *index;
  const double *weight;
} cr_resampling;

void cr_resample(cr_dtype dtype, const cr_resampling *map, const void *x, void *y);
void cr_resample_transposed(cr_dtype dtype, const cr_resampling *map, const void *dy, void *dx);

#endif
