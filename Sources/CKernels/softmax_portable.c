// The softmax kernels for portable; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "softmax_table.h"

#if !defined(__x86_64__)
#define CR_HAS_FMA  // arm64's NEON has it
#endif
#define CR_ISA_SUFFIX portable
#include "math_float.inc"
#include "math_double.inc"
#include "softmax_kernels.inc"
