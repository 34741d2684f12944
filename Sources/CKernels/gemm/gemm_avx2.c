// Tiles of 6 x 16 floats: 12 of the 16 registers are sums.
#include "gemm/table.h"
#include "isa/avx2.h"
#ifdef CR_ISA_SUFFIX
#define VECTOR_BYTES 32
#define MR 6
#define K_BYTES 2048
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

#define MASK_F32 __m256i
#define MAKE_MASK_F32(count) _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_MASKED_F32(p, mask) _mm256_maskload_ps(p, mask)
#define STORE_MASKED_F32(p, mask, v) _mm256_maskstore_ps(p, mask, v)

#define MASK_F64 __m256i
#define MAKE_MASK_F64(count) _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3))
#define LOAD_MASKED_F64(p, mask) _mm256_maskload_pd(p, mask)
#define STORE_MASKED_F64(p, mask, v) _mm256_maskstore_pd(p, mask, v)

#include "gemm/kernels.inc"
#include "isa/end.h"
#endif
