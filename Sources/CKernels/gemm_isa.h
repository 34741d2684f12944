// Both types of one instruction set. Included by gemm_<set>.c, which defines VECTOR_BYTES, MR, SET(name) and the masked moves.
#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE_(a, b, c)

#define T float
#define NS(name) PASTE(name, f32, SET)
#define MASK MASK_F32
#define MAKE_MASK MAKE_MASK_F32
#define LOAD_MASKED LOAD_MASKED_F32
#define STORE_MASKED STORE_MASKED_F32
#include "gemm_tile.h"
#include "gemm_driver.h"
#include "conv_driver.h"
#include "conv_weight.h"
#include "conv_winograd.h"
#undef T
#undef NS
#undef MASK
#undef MAKE_MASK
#undef LOAD_MASKED
#undef STORE_MASKED
#undef LANES
#undef NR
#undef INLINE
#undef UNROLL

#define T double
#define NS(name) PASTE(name, f64, SET)
#define MASK MASK_F64
#define MAKE_MASK MAKE_MASK_F64
#define LOAD_MASKED LOAD_MASKED_F64
#define STORE_MASKED STORE_MASKED_F64
#include "gemm_tile.h"
#include "gemm_driver.h"
#include "conv_driver.h"
#include "conv_weight.h"
