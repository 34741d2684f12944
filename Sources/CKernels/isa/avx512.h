// AVX-512: 32 registers of 64 bytes, masks, fused multiply-adds.
#if defined(__x86_64__)
#include <immintrin.h>

#include "isa/vocabulary.h"
#define CR_ISA_TARGET
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx512
#define CR_HAS_FMA
#endif
