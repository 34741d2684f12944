// Tiles of 12 x 32 floats: 24 of the 32 registers are sums.
#include "gemm/table.h"
#include "isa/avx512.h"
#ifdef CR_ISA_SUFFIX
#define VECTOR_BYTES 64
#define MR 12
#define K_BYTES 1024
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

#define MASK_F32 __mmask16
#define MAKE_MASK_F32(count) ((__mmask16)((1u << (count)) - 1))
#define LOAD_MASKED_F32(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE_MASKED_F32(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)

#define MASK_F64 __mmask8
#define MAKE_MASK_F64(count) ((__mmask8)((1u << (count)) - 1))
#define LOAD_MASKED_F64(p, mask) _mm512_maskz_loadu_pd(mask, p)
#define STORE_MASKED_F64(p, mask, v) _mm512_mask_storeu_pd(p, mask, v)

#include "gemm/kernels.inc"
#include "isa/end.h"
#endif
