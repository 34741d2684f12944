// Convolutions of one to three dimensions, float32 and float64. All three are faces of one form that is linear in the large side x
// [batch, channels, large...], the weight w [filters, channels / groups, kernel...] and the small side y [batch, filters, small...]:
// y[n, m, o] = sum over c and k of x[n, c, o stride - padding + k dilation] w[m, c, k], x being 0 outside.
#ifndef CR_CONV_H
#define CR_CONV_H

#include "cr_tensor.h"

typedef struct cr_conv {
  int64_t batch, groups, channels, filters;
  // Depth, height and width; 1 where there are fewer dimensions. `padding` is what lies before the first element; what lies behind the
  // last one follows from the sizes.
  int64_t large[3], small[3], kernel[3], stride[3], padding[3], dilation[3];
} cr_conv;

// float32 convolutions of images with 3x3 and stride 1 go by Winograd's F(2x2, 3x3) where they are large enough; which way a convolution
// goes depends on its sizes alone. There the largest error is 2e-6 of the largest result, and an infinity in x makes its whole tile NaN.
//
// All operands are contiguous and of one dtype. `bias` (one element a filter, or a channel of x for the transposed map) may be NULL.
// False where the system refuses memory.
bool cr_conv_forward(cr_dtype dtype, const cr_conv *conv, const void *x, const void *w, const void *bias, void *y);
bool cr_conv_transposed(cr_dtype dtype, const cr_conv *conv, const void *y, const void *w, const void *bias, void *x);
bool cr_conv_weight(cr_dtype dtype, const cr_conv *conv, const void *x, const void *y, void *w);

#endif
