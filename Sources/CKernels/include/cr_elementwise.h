// Elementwise kernels: one call, one operation over a whole tensor. Inputs may be strided or broadcast (right-aligned, stride 0
// or size 1); the output is contiguous unless said and may be one of the inputs where that input is contiguous too.
#ifndef CR_ELEMENTWISE_H
#define CR_ELEMENTWISE_H

#include "cr_tensor.h"

// A scalar operand at the tensor's precision: f for floating tensors (rounded to float32 once for those) and for bool, where any
// number but 0 is true; i for the others.
typedef struct cr_scalar {
  double f;
  int64_t i;
} cr_scalar;

typedef enum cr_unary_op : uint8_t {
  CR_COPY, CR_NEG, CR_ABS, CR_SIGN, CR_SQUARE, CR_CUBE, CR_SQRT, CR_RSQRT, CR_RECIPROCAL,
  CR_EXP, CR_EXP2, CR_EXPM1, CR_LOG, CR_LOG2, CR_LOG10, CR_LOG1P,
  CR_SIN, CR_COS, CR_TAN, CR_ASIN, CR_ACOS, CR_ATAN,
  CR_SINH, CR_COSH, CR_TANH, CR_ASINH, CR_ACOSH, CR_ATANH,
  CR_SIGMOID, CR_LOG_SIGMOID, CR_RELU, CR_GELU_ERF, CR_GELU_TANH, CR_SILU, CR_ERF, CR_ERFC,
  CR_FLOOR, CR_CEIL, CR_ROUND, CR_TRUNC,
  CR_BITWISE_NOT, CR_LOGICAL_NOT, CR_ISNAN, CR_ISINF, CR_ISFINITE,
  CR_UNARY_COUNT
} cr_unary_op;

// Operations with attributes a and b.
typedef enum cr_attribute_op : uint8_t {
  CR_LEAKY_RELU,       // x > 0 ? x : a*x
  CR_ELU,              // x > 0 ? b*x : b*a*(exp(x)-1)
  CR_CLAMP,            // min(max(x, a), b); NaN is kept, b wins where a > b; either bound may be infinite
  CR_SOFTPLUS_SCALED,  // a*x > b ? x : log(1+exp(a*x))/a
  CR_ATTRIBUTE_COUNT
} cr_attribute_op;

typedef enum cr_binary_op : uint8_t {
  CR_ADD, CR_SUB, CR_MUL, CR_DIV, CR_FLOOR_DIVIDE, CR_REMAINDER, CR_FMOD, CR_TRUNC_DIVIDE, CR_POW,
  CR_MAXIMUM, CR_MINIMUM, CR_FMAX, CR_FMIN, CR_ATAN2, CR_HYPOT, CR_COPYSIGN,
  CR_BITWISE_AND, CR_BITWISE_OR, CR_BITWISE_XOR,
  CR_TANH_BACKWARD,       // (dy, y)
  CR_SIGMOID_BACKWARD,    // (dy, y)
  CR_RELU_BACKWARD,       // (dy, y)
  CR_GELU_ERF_BACKWARD,   // (dy, x)
  CR_GELU_TANH_BACKWARD,  // (dy, x)
  CR_SILU_BACKWARD,       // (dy, x)
  CR_LOGICAL_AND, CR_LOGICAL_OR, CR_LOGICAL_XOR,  // from here on the output is bool
  CR_EQ, CR_NE, CR_LT, CR_LE, CR_GT, CR_GE,
  CR_BINARY_COUNT
} cr_binary_op;

// Whether the output is bool, whatever the input.
static inline bool cr_unary_tests(cr_unary_op op) {
  return op == CR_LOGICAL_NOT || op == CR_ISNAN || op == CR_ISINF || op == CR_ISFINITE;
}

// Whether there is a kernel for the operation on this dtype (the inputs' dtype). Calling one that is missing is a
// programming error and traps.
bool cr_has_unary(cr_unary_op op, cr_dtype dtype);
bool cr_has_attribute(cr_attribute_op op, cr_dtype dtype);
bool cr_has_binary(cr_binary_op op, cr_dtype dtype);

void cr_unary(cr_unary_op op, const cr_tensor *x, cr_tensor *out);
void cr_unary_scalar(cr_attribute_op op, const cr_tensor *x, double a, double b, cr_tensor *out);

// a and b have the same dtype and broadcast to out. False: an integer division or remainder met a zero divisor (the elements
// concerned are 0). Integers wrap; INT_MIN / -1 is INT_MIN.
bool cr_binary(cr_binary_op op, const cr_tensor *a, const cr_tensor *b, cr_tensor *out);
bool cr_binary_scalar(cr_binary_op op, const cr_tensor *x, cr_scalar s, bool scalar_on_left, cr_tensor *out);

// into += x. `into` is contiguous, x broadcasts to it.
void cr_accumulate(cr_tensor *into, const cr_tensor *x);

// condition ? a : b; the condition is bool, a and b have out's dtype.
void cr_where(const cr_tensor *condition, const cr_tensor *a, const cr_tensor *b, cr_tensor *out);

// Conversion to out's dtype. Floating to integer truncates, wrapping through int64 for uint8; NaN and what does not fit become
// the smallest int64 or int32. Anything to bool is `!= 0`.
void cr_cast(const cr_tensor *x, cr_tensor *out);

// These four write a strided output too. x broadcasts to out and has its dtype.
void cr_copy(const cr_tensor *x, cr_tensor *out);
void cr_fill(cr_tensor *out, cr_scalar value);
void cr_linear_fill(cr_tensor *out, double start, double step);             // start + i*step, floating
void cr_linear_fill_integer(cr_tensor *out, int64_t start, int64_t step);   // the same for integer dtypes

#endif
