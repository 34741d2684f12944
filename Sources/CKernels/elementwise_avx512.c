// The elementwise kernels for avx512; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "elementwise_table.h"

#if defined(__x86_64__)
#define CR_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx512
#define CR_ISA_NAME "avx512"
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
