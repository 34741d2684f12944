#include "cr_peak.h"

#include <string.h>
#include <time.h>

#include "cr_memory.h"
#include "cr_threads.h"
#include "gemm/table.h"

enum { COPY_BYTES = 1 << 26 };

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
  const cr_gemm_table *kernels = cr_kernels.gemm;
  return (double)(kernels->peak_operations * cr_thread_count()) / best(seconds, kernels->peak, sink);
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
