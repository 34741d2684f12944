// The elementwise kernels for portable; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "elementwise_table.h"

#if !defined(__x86_64__)
#define CR_HAS_FMA  // arm64's NEON has it
#endif
#define CR_ISA_SUFFIX portable
#define CR_ISA_NAME "portable"
#include "math_float.inc"
#include "math_double.inc"
#include "math_wide.inc"
#include "elementwise_unary.inc"
#include "elementwise_binary.inc"
#include "cast.inc"
#include "elementwise_transpose.inc"
#include "elementwise_tables.inc"
