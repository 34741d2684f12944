// Tiles of 12 x 8 floats: 24 of the 32 registers are sums.
#include "gemm/table.h"
#include "isa/neon.h"
#ifdef CR_ISA_SUFFIX
#define VECTOR_BYTES 16
#define MR 12
#define K_BYTES 2048
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "gemm/quads.inc"
#include "gemm/kernels.inc"
#include "isa/end.h"
#endif
