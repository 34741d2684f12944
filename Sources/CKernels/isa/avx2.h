// AVX2: 16 registers of 32 bytes, fused multiply-adds.
#if defined(__x86_64__)
#include <immintrin.h>

#include "isa/vocabulary.h"
#define CR_ISA_TARGET
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx2
#define CR_HAS_FMA
#endif
