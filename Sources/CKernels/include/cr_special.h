// Special functions of each element, and the parts of floating-point numbers. All operands are contiguous and of one size; the elements
// are float32 or float64, which float32 is computed in and rounded from once.
#ifndef CR_SPECIAL_H
#define CR_SPECIAL_H

#include "cr_tensor.h"

typedef enum cr_special_op : uint8_t {
  CR_LGAMMA,
  CR_POLYGAMMA,  // of order n: the n-th derivative of digamma
  CR_ERFINV,
  CR_ERFCX,      // exp(x^2) erfc(x)
  CR_LOG_NDTR,   // the logarithm of the normal distribution function
  CR_NDTRI,      // the inverse of the normal distribution function
  CR_I0, CR_I0E, CR_I1, CR_I1E,  // modified Bessel functions, and times exp(-|x|)
  CR_ENTR,       // -x ln x
} cr_special_op;

void cr_special(cr_special_op op, int n, const cr_tensor *x, cr_tensor *out);

// x = mantissa 2^exponent; the exponent is int32.
void cr_frexp(const cr_tensor *x, cr_tensor *mantissa, cr_tensor *exponent);
// The next number of the type from a on the way to b.
void cr_nextafter(const cr_tensor *a, const cr_tensor *b, cr_tensor *out);

#endif
