#include "cr_limits.h"

#include <string.h>
#include <time.h>

#include "cr_elementwise.h"
#include "cr_memory.h"
#include "cr_pool.h"

enum { SUMS = 12, ROUNDS = 1 << 16, COPY_BYTES = 1 << 26 };

// Enough sums in flight to hide the latency of one; the factors keep them near 1.
#define FMA_LOOP(name, type)                                                                        \
  static void name(void *context, int64_t part) {                                                   \
    type sum[SUMS], factor, term;                                                                    \
    for (int i = 0; i < SUMS; i++) sum[i] = (type){0} + (float)(part + i);                           \
    factor = (type){0} + 0.999f;                                                                     \
    term = (type){0} + 0.001f;                                                                       \
    for (int64_t round = 0; round < ROUNDS; round++) {                                               \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * factor + term; \
      __asm__ volatile("" : : : "memory");                                                           \
    }                                                                                                \
    for (int i = 1; i < SUMS; i++) sum[0] += sum[i];                                                 \
    memcpy((char *)context + part * 64, &sum[0], sizeof sum[0]);                                     \
  }

#pragma clang fp contract(fast)
typedef float four __attribute__((vector_size(16)));
FMA_LOOP(loop_portable, four)
#if defined(__x86_64__)
typedef float eight __attribute__((vector_size(32)));
typedef float sixteen __attribute__((vector_size(64)));
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
FMA_LOOP(loop_avx2, eight)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
FMA_LOOP(loop_avx512, sixteen)
#pragma clang attribute pop
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The least time of one call of `task` by all threads at once.
static double best(double seconds, cr_task task, void *context) {
  double least = 1e300, end = now() + seconds;
  do {
    double start = now();
    cr_parallel(cr_thread_count(), task, context);
    double once = now() - start;
    if (once < least) least = once;
  } while (now() < end);
  return least;
}

double cr_measure_flops(double seconds) {
  char sink[256 * 64];
  cr_task task = loop_portable;
  int lanes = 4;
#if defined(__x86_64__)
  const char *name = cr_isa_name();
  if (strcmp(name, "avx512") == 0) (task = loop_avx512, lanes = 16);
  if (strcmp(name, "avx2") == 0) (task = loop_avx2, lanes = 8);
#endif
  return 2.0 * SUMS * ROUNDS * lanes * cr_thread_count() / best(seconds, task, sink);
}

static void copy_part(void *context, int64_t part) {
  char **buffers = context;
  int64_t parts = cr_thread_count(), from = COPY_BYTES / 64 * part / parts * 64, to = COPY_BYTES / 64 * (part + 1) / parts * 64;
  memcpy(buffers[1] + from, buffers[0] + from, (size_t)(to - from));
}

double cr_measure_bandwidth(double seconds) {
  size_t capacity[2];
  char *buffers[2] = {cr_alloc(COPY_BYTES, &capacity[0]), cr_alloc(COPY_BYTES, &capacity[1])};
  double result = 0;
  if (buffers[0] && buffers[1]) {
    for (int i = 0; i < 2; i++) memset(buffers[i], 1, COPY_BYTES);
    result = 2.0 * COPY_BYTES / best(seconds, copy_part, buffers);
  }
  for (int i = 0; i < 2; i++)
    if (buffers[i]) cr_free(buffers[i], capacity[i]);
  return result;
}
