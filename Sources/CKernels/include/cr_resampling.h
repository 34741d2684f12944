// Resampling along one dimension by weighted sums, float32 and float64. Tensors are contiguous.
#ifndef CR_RESAMPLING_H
#define CR_RESAMPLING_H

#include "cr_tensor.h"

// y[i, o, j] = sum over t of weight[o, t] x[i, index[o, t], j], and the transposed map.
typedef struct cr_resampling {
  int64_t outer, in, out, inner, taps;
  const int64_t *index;
  const double *weight;
} cr_resampling;

void cr_resample(cr_dtype dtype, const cr_resampling *map, const void *x, void *y);
void cr_resample_transposed(cr_dtype dtype, const cr_resampling *map, const void *dy, void *dx);

#endif
