#include "cr_random.h"

#include <math.h>
#include <string.h>

#include "cr_threads.h"
#include "elementwise/table.h"

enum { WORDS = 624, SHIFT = 397 };

void cr_random_seed(cr_mt19937 *g, uint64_t seed) {
  g->seed = seed;
  g->state[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < WORDS; i++) g->state[i] = 1812433253u * (g->state[i - 1] ^ (g->state[i - 1] >> 30)) + i;
  g->position = WORDS;
  g->has_cached = false;
  g->cached = 0;
}

static inline uint32_t twist(uint32_t upper, uint32_t lower) {
  return (((upper & 0x80000000u) | (lower & 0x7fffffffu)) >> 1) ^ ((lower & 1) ? 0x9908b0dfu : 0);
}

static void regenerate(cr_mt19937 *g) {
  uint32_t *s = g->state;
  // No word depends on one made fewer than 227 words before.
  _Pragma("clang loop vectorize(assume_safety)") for (int i = 0; i < WORDS - SHIFT; i++) s[i] = s[i + SHIFT] ^ twist(s[i], s[i + 1]);
  _Pragma("clang loop vectorize(assume_safety)") for (int i = WORDS - SHIFT; i < WORDS - 1; i++)
    s[i] = s[i + SHIFT - WORDS] ^ twist(s[i], s[i + 1]);
  s[WORDS - 1] = s[SHIFT - 1] ^ twist(s[WORDS - 1], s[0]);
  g->position = 0;
}

static inline uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

uint32_t cr_random_next32(cr_mt19937 *g) {
  if (g->position >= WORDS) regenerate(g);
  return temper(g->state[g->position++]);
}

uint64_t cr_random_next64(cr_mt19937 *g) {
  uint64_t high = cr_random_next32(g);
  return high << 32 | cr_random_next32(g);
}

static inline float unit_f32(uint32_t word) { return (float)(word & 0xffffff) * 0x1p-24f; }
static inline double unit_f64(uint64_t words) { return (double)(words & 0x1fffffffffffff) * 0x1p-53; }
static inline double draw_f64(cr_mt19937 *g) { return unit_f64(cr_random_next64(g)); }

void cr_random_uniform_f32(cr_mt19937 *g, float *out, int64_t n, float low, float high) {
  float width = high - low;
  bool unit = low == 0 && width == 1;  // without the call that a fused multiply-add is on a plain x86-64
  while (n > 0) {
    if (g->position >= WORDS) regenerate(g);
    int64_t count = WORDS - g->position < n ? WORDS - g->position : n;
    const uint32_t *words = g->state + g->position;
    for (int64_t i = 0; i < count; i++) out[i] = unit_f32(temper(words[i]));
    if (!unit)
      for (int64_t i = 0; i < count; i++) out[i] = __builtin_fmaf(out[i], width, low);
    g->position += (int32_t)count;
    out += count;
    n -= count;
  }
}

void cr_random_uniform_f64(cr_mt19937 *g, double *out, int64_t n, double low, double high) {
  double width = high - low;
  bool unit = low == 0 && width == 1;
  while (n > 0) {
    // Pairs that lie in the state as they are; one that straddles its end is drawn word by word.
    int64_t count = (WORDS - g->position) / 2 < n ? (WORDS - g->position) / 2 : n;
    const uint32_t *words = g->state + g->position;
    for (int64_t i = 0; i < count; i++) out[i] = unit_f64((uint64_t)temper(words[2 * i]) << 32 | temper(words[2 * i + 1]));
    g->position += (int32_t)(2 * count);
    if (count < n) out[count++] = draw_f64(g);
    if (!unit)
      for (int64_t i = 0; i < count; i++) out[i] = __builtin_fma(out[i], width, low);
    out += count;
    n -= count;
  }
}

static const double two_pi = 6.283185307179586476925286766559;

static double normal_pair(cr_mt19937 *g, double mean, double deviation) {
  double unit;
  if (g->has_cached) {
    g->has_cached = false;
    unit = g->cached;
  } else {
    double u1 = draw_f64(g), u2 = draw_f64(g);
    double r = sqrt(-2 * log1p(-u2)), theta = two_pi * u1;
    g->cached = r * sin(theta);
    g->has_cached = true;
    unit = r * cos(theta);
  }
  return __builtin_fma(unit, deviation, mean);
}

enum { NORMAL_BLOCK = 16, NORMAL_ROW = 512 };

// One thread's share of the blocks of sixteen, in place: of each the first eight give the distances, the others the angles.
typedef struct {
  float *out;
  int64_t blocks, parts;
  float mean, deviation;
} normal_job;

// Functions of doubles, rounded to float: for each of the 2^24 numbers that can be drawn these give the bits that a C library's correctly
// rounded functions give, on every instruction set.
static void normal_part_f32(void *context, int64_t part) {
  const normal_job *j = context;
  int64_t to = j->blocks * (part + 1) / j->parts;
  for (int64_t b = j->blocks * part / j->parts; b < to; b += NORMAL_ROW / 8) {
    int64_t n = (to - b < NORMAL_ROW / 8 ? to - b : NORMAL_ROW / 8) * 8;
    float *out = j->out + b * NORMAL_BLOCK;
    double u[NORMAL_ROW], angle[NORMAL_ROW], logarithm[NORMAL_ROW], sine[NORMAL_ROW], cosine[NORMAL_ROW];
    for (int64_t i = 0; i < n; i++) {
      const float *d = out + i / 8 * NORMAL_BLOCK + i % 8;
      u[i] = (double)(1 - d[0]);
      angle[i] = (double)((float)two_pi * d[8]);
    }
    cr_kernels.elementwise->unary[CR_LOG][CR_FLOAT64](u, logarithm, n);
    cr_kernels.elementwise->unary[CR_SIN][CR_FLOAT64](angle, sine, n);
    cr_kernels.elementwise->unary[CR_COS][CR_FLOAT64](angle, cosine, n);
    for (int64_t i = 0; i < n; i++) {
      float *d = out + i / 8 * NORMAL_BLOCK + i % 8, r = sqrtf(-2 * (float)logarithm[i]);
      d[0] = __builtin_fmaf(r * (float)cosine[i], j->deviation, j->mean);
      d[8] = __builtin_fmaf(r * (float)sine[i], j->deviation, j->mean);
    }
  }
}

static void normal_blocks_f32(float *out, int64_t blocks, float mean, float deviation) {
  normal_job j = {out, blocks, cr_parts(blocks, 1 << 10), mean, deviation};
  cr_parallel(j.parts, normal_part_f32, &j);
}

static void normal_blocks_f64(double *out, int64_t blocks, double mean, double deviation) {
  for (double *d = out; d < out + blocks * NORMAL_BLOCK; d += NORMAL_BLOCK)
    for (int j = 0; j < 8; j++) {
      double r = sqrt(-2 * log(1 - d[j])), theta = two_pi * d[j + 8];
      d[j] = __builtin_fma(r * cos(theta), deviation, mean);
      d[j + 8] = __builtin_fma(r * sin(theta), deviation, mean);
    }
}

#define NORMAL(T, suffix)                                                                                    \
  void cr_random_normal_##suffix(cr_mt19937 *g, T *out, int64_t n, double mean, double deviation) {          \
    if (n < NORMAL_BLOCK) {                                                                                  \
      for (int64_t i = 0; i < n; i++) out[i] = (T)normal_pair(g, mean, deviation);                           \
      return;                                                                                                \
    }                                                                                                        \
    cr_random_uniform_##suffix(g, out, n, 0, 1);                                                             \
    normal_blocks_##suffix(out, n / NORMAL_BLOCK, (T)mean, (T)deviation);                                    \
    if (n % NORMAL_BLOCK != 0) {                                                                             \
      cr_random_uniform_##suffix(g, out + n - NORMAL_BLOCK, NORMAL_BLOCK, 0, 1);                             \
      normal_blocks_##suffix(out + n - NORMAL_BLOCK, 1, (T)mean, (T)deviation);                              \
    }                                                                                                        \
  }
NORMAL(float, f32)
NORMAL(double, f64)

// Runs the statement `out[i] = VALUE` with `out` of the dtype's own type.
#define FILL(dtype, VALUE)                                                             \
  switch (dtype) {                                                                     \
    case CR_BOOL:                                                                      \
    case CR_UINT8: for (int64_t i = 0; i < n; i++) ((uint8_t *)out)[i] = (uint8_t)(VALUE); break;  \
    case CR_INT32: for (int64_t i = 0; i < n; i++) ((int32_t *)out)[i] = (int32_t)(VALUE); break;  \
    case CR_INT64: for (int64_t i = 0; i < n; i++) ((int64_t *)out)[i] = (int64_t)(VALUE); break;  \
    case CR_FLOAT32: for (int64_t i = 0; i < n; i++) ((float *)out)[i] = (float)(VALUE); break;    \
    case CR_FLOAT64: for (int64_t i = 0; i < n; i++) ((double *)out)[i] = (double)(VALUE); break;  \
    default: break;                                                                    \
  }

void cr_random_integers(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, int64_t low, int64_t high) {
  uint64_t range = (uint64_t)high - (uint64_t)low;
  if (range == 0) {
    FILL(dtype, (int64_t)(cr_random_next64(g) + (uint64_t)low))
  } else if (range >= 1ull << 28) {
    FILL(dtype, (int64_t)(cr_random_next64(g) % range + (uint64_t)low))
  } else {
    uint32_t narrow = (uint32_t)range;
    FILL(dtype, (int64_t)(cr_random_next32(g) % narrow + (uint64_t)low))
  }
}

void cr_random_bits_i64(cr_mt19937 *g, int64_t *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = (int64_t)(cr_random_next64(g) & INT64_MAX);
}

void cr_random_permutation(cr_mt19937 *g, int64_t *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = i;
  for (int64_t i = 0; i < n - 1; i++) {
    // A word's remainder is skewed for long permutations; PyTorch goes over to two words there.
    uint64_t z = n < UINT32_MAX / 20 ? cr_random_next32(g) % (uint32_t)(n - i) : cr_random_next64(g) % (uint64_t)(n - i);
    int64_t j = i + (int64_t)z, held = out[i];
    out[i] = out[j];
    out[j] = held;
  }
}

void cr_random_bernoulli(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, double p) {
  FILL(dtype, draw_f64(g) < p)
}

void cr_random_bernoulli_f32(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, const float *p) {
  FILL(dtype, unit_f32(cr_random_next32(g)) < p[i])
}

void cr_random_bernoulli_f64(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, const double *p) {
  FILL(dtype, draw_f64(g) < p[i])
}

void cr_random_exponential_f32(cr_mt19937 *g, float *out, int64_t n, double rate) {
  for (int64_t i = 0; i < n; i++) out[i] = (float)(-1 / rate * log1p(-draw_f64(g)));
}

void cr_random_exponential_f64(cr_mt19937 *g, double *out, int64_t n, double rate) {
  for (int64_t i = 0; i < n; i++) out[i] = -1 / rate * log1p(-draw_f64(g));
}
