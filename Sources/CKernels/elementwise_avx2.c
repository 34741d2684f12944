// The elementwise kernels for avx2; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "elementwise_table.h"

#if defined(__x86_64__)
#define CR_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx2
#define CR_ISA_NAME "avx2"
#include "math_float.inc"
#include "math_double.inc"
#include "math_wide.inc"
#include "elementwise_unary.inc"
#include "elementwise_binary.inc"
#include "cast.inc"
#include "elementwise_transpose.inc"
#include "elementwise_tables.inc"
#pragma clang attribute pop
#endif
