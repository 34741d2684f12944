// Randomness: the Mersenne Twister of PyTorch's CPU generator and its ways to make numbers of it, so that the same seed gives the
// same numbers. All fills write `n` contiguous elements; the caller holds the generator's lock.
#ifndef CR_RANDOM_H
#define CR_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cr_tensor.h"

// MT19937 (Matsumoto and Nishimura 1998), and the second number of the last pair of normals.
typedef struct cr_mt19937 {
  uint64_t seed;
  uint32_t state[624];
  int32_t position;  // of the next word; 624: all are used up
  bool has_cached;
  double cached;
} cr_mt19937;

void cr_random_seed(cr_mt19937 *g, uint64_t seed);
uint32_t cr_random_next32(cr_mt19937 *g);
uint64_t cr_random_next64(cr_mt19937 *g);  // the first of two words is the high one

// x (high - low) + low with x in [0, 1): 24 bits of a word, 53 bits of two.
void cr_random_uniform_f32(cr_mt19937 *g, float *out, int64_t n, float low, float high);
void cr_random_uniform_f64(cr_mt19937 *g, double *out, int64_t n, double low, double high);

// Box-Muller. Fewer than 16 elements: pairs in double precision, the second of a pair kept for the next call. From 16 on: blocks of 16
// uniforms turned in place, the last 16 elements drawn once more where n is not a multiple of 16.
void cr_random_normal_f32(cr_mt19937 *g, float *out, int64_t n, double mean, double deviation);
void cr_random_normal_f64(cr_mt19937 *g, double *out, int64_t n, double mean, double deviation);

// Integers in [low, high), high > low, of any integer or floating dtype; one word for a range below 2^28, else two.
// `high` is the exact upper bound as PyTorch's 64-bit arithmetic has it, so the whole range of int64 is high - low = 0 (mod 2^64).
void cr_random_integers(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, int64_t low, int64_t high);

// random_() without bounds on int64: 63 bits.
void cr_random_bits_i64(cr_mt19937 *g, int64_t *out, int64_t n);

// 0..<n in random order (Fisher and Yates, forwards).
void cr_random_permutation(cr_mt19937 *g, int64_t *out, int64_t n);

// 1 with probability p: a double draw each. Any dtype that has kernels.
void cr_random_bernoulli(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, double p);

// 1 with probability p[i], contiguous: a draw of p's own precision each.
void cr_random_bernoulli_f32(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, const float *p);
void cr_random_bernoulli_f64(cr_mt19937 *g, cr_dtype dtype, void *out, int64_t n, const double *p);

// -log(1 - u) / rate, a double draw each.
void cr_random_exponential_f32(cr_mt19937 *g, float *out, int64_t n, double rate);
void cr_random_exponential_f64(cr_mt19937 *g, double *out, int64_t n, double rate);

#endif
