// Batch normalisation, float32 and float64. Tensors are contiguous.
#ifndef CR_BATCH_NORM_H
#define CR_BATCH_NORM_H

#include "cr_tensor.h"

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

#endif
