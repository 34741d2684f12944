// Pooling: the division of the volumes among threads.
#include "cr_pooling.h"

#include "layers/table.h"

typedef struct {
  const cr_layer_loops *loops;
  const cr_windows *windows;
  int64_t parts;
  const void *from;        // x, or dy on the way back
  void *to;                // y, or dx
  int64_t *indices;        // of the largest elements, where they are written
  const int64_t *chosen;   // where they are read
} job;

static int64_t first_volume(const job *j, int64_t part) { return j->windows->volumes * part / j->parts; }

static void max_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->max_pool(j->windows, j->from, j->to, j->indices, first_volume(j, part), first_volume(j, part + 1));
}

static void max_backward_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->max_pool_backward(j->windows, j->from, j->chosen, j->to, first_volume(j, part), first_volume(j, part + 1));
}

static void mean_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->mean_pool(j->windows, j->from, j->to, first_volume(j, part), first_volume(j, part + 1));
}

static void mean_transposed_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->mean_pool_transposed(j->windows, j->from, j->to, first_volume(j, part), first_volume(j, part + 1));
}

static void run(cr_dtype dtype, job *j, cr_task task) {
  const cr_windows *g = j->windows;
  j->loops = cr_layer_loops_for(dtype);
  j->parts = cr_layer_parts(g->volumes, g->volumes * g->in[0] * g->in[1] * g->in[2]);
  cr_parallel(j->parts, task, j);
}

void cr_max_pool(cr_dtype dtype, const cr_windows *g, const void *x, void *y, int64_t *indices) {
  run(dtype, &(job){.windows = g, .from = x, .to = y, .indices = indices}, max_part);
}

void cr_max_pool_backward(cr_dtype dtype, const cr_windows *g, const void *dy, const int64_t *indices, void *dx) {
  run(dtype, &(job){.windows = g, .from = dy, .to = dx, .chosen = indices}, max_backward_part);
}

void cr_mean_pool(cr_dtype dtype, const cr_windows *g, const void *x, void *y) {
  run(dtype, &(job){.windows = g, .from = x, .to = y}, mean_part);
}

void cr_mean_pool_transposed(cr_dtype dtype, const cr_windows *g, const void *dy, void *dx) {
  run(dtype, &(job){.windows = g, .from = dy, .to = dx}, mean_transposed_part);
}
