// Vectors of 16 bytes: NEON on arm64 (12 x 8 floats, 24 of 32 registers), else whatever the compiler makes of them.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "conv_internal.h"
#include "cr_memory.h"
#include "cr_pool.h"
#include "gemm_internal.h"

#define SET portable
#define VECTOR_BYTES 16
#define K_BYTES 2048
#if defined(__aarch64__)
#define MR 12
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
// Without the instruction a fused multiply-add would be a call.
#define MR 6
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

typedef float float4 __attribute__((vector_size(16)));
typedef float float4_unaligned __attribute__((vector_size(16), aligned(4)));
typedef double double2 __attribute__((vector_size(16)));
typedef double double2_unaligned __attribute__((vector_size(16), aligned(8)));

static inline float4 load_f32(const float *p, int count) {
  if (count == 4) return *(const float4_unaligned *)p;
  float4 v = {p[0]};
  if (count > 1) v[1] = p[1];
  if (count > 2) v[2] = p[2];
  return v;
}
static inline void store_f32(float *p, int count, float4 v) {
  if (count == 4) {
    *(float4_unaligned *)p = v;
    return;
  }
  p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}
static inline double2 load_f64(const double *p, int count) {
  if (count == 2) return *(const double2_unaligned *)p;
  return (double2){p[0]};
}
static inline void store_f64(double *p, int count, double2 v) {
  p[0] = v[0];
  if (count == 2) p[1] = v[1];
}

#define MASK_F32 int
#define MAKE_MASK_F32(count) (count)
#define LOAD_MASKED_F32(p, mask) load_f32(p, mask)
#define STORE_MASKED_F32(p, mask, v) store_f32(p, mask, v)

#define MASK_F64 int
#define MAKE_MASK_F64(count) (count)
#define LOAD_MASKED_F64(p, mask) load_f64(p, mask)
#define STORE_MASKED_F64(p, mask, v) store_f64(p, mask, v)

#include "gemm_isa.h"
