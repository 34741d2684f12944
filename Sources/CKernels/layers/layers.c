// Pooling, batch normalisation and resampling: the choice of the instruction set, and the sharing out of planes and channels.
#include "cr_elementwise.h"
#include "cr_threads.h"
#include "cr_pool2d.h"
#include "layers/table.h"

enum { GRAIN = 1 << 15 };  // elements a part

typedef enum { MAX_POOL, MAX_POOL_BACKWARD, MEAN_POOL, MEAN_POOL_TRANSPOSED, NORM, NORM_BACKWARD, RESAMPLE, RESAMPLE_TRANSPOSED } which;

typedef struct {
  which which;
  const cr_layer_loops *loops;
  int64_t count, parts;
  const cr_windows *windows;
  const cr_batch_norm *norm;
  const cr_resampling *map;
  const void *a, *b, *mean, *variance, *weight, *bias;
  void *out, *out2, *out3;
} job;

static void run_part(void *context, int64_t part) {
  const job *j = context;
  int64_t from = j->count * part / j->parts, to = j->count * (part + 1) / j->parts;
  switch (j->which) {
    case MAX_POOL: j->loops->max_pool(j->windows, j->a, j->out, j->out2, from, to); break;
    case MAX_POOL_BACKWARD: j->loops->max_pool_backward(j->windows, j->a, j->b, j->out, from, to); break;
    case MEAN_POOL: j->loops->mean_pool(j->windows, j->a, j->out, from, to); break;
    case MEAN_POOL_TRANSPOSED: j->loops->mean_pool_transposed(j->windows, j->a, j->out, from, to); break;
    case NORM: j->loops->batch_norm(j->norm, j->a, j->weight, j->bias, j->out, j->out2, j->out3, from, to); break;
    case NORM_BACKWARD:
      j->loops->batch_norm_backward(j->norm, j->a, j->b, j->mean, j->variance, j->weight, j->out, j->out2, j->out3, from, to);
      break;
    case RESAMPLE: j->loops->resample(j->map, j->a, j->out, from, to); break;
    case RESAMPLE_TRANSPOSED: j->loops->resample_transposed(j->map, j->a, j->out, from, to); break;
  }
}

static void run(cr_dtype dtype, job *j, int64_t count, int64_t elements) {
  j->loops = cr_layer_loops_for(dtype);
  j->count = count;
  j->parts = cr_parts(elements, GRAIN);
  if (j->parts > count) j->parts = count > 0 ? count : 1;
  cr_parallel(j->parts, run_part, j);
}

static int64_t size_of(const cr_windows *g) { return g->planes * g->in[0] * g->in[1]; }

void cr_max_pool(cr_dtype dtype, const cr_windows *g, const void *x, void *y, int64_t *indices) {
  run(dtype, &(job){.which = MAX_POOL, .windows = g, .a = x, .out = y, .out2 = indices}, g->planes, size_of(g));
}
void cr_max_pool_backward(cr_dtype dtype, const cr_windows *g, const void *dy, const int64_t *indices, void *dx) {
  run(dtype, &(job){.which = MAX_POOL_BACKWARD, .windows = g, .a = dy, .b = indices, .out = dx}, g->planes, size_of(g));
}
void cr_mean_pool(cr_dtype dtype, const cr_windows *g, const void *x, void *y) {
  run(dtype, &(job){.which = MEAN_POOL, .windows = g, .a = x, .out = y}, g->planes, size_of(g));
}
void cr_mean_pool_transposed(cr_dtype dtype, const cr_windows *g, const void *dy, void *dx) {
  run(dtype, &(job){.which = MEAN_POOL_TRANSPOSED, .windows = g, .a = dy, .out = dx}, g->planes, size_of(g));
}

void cr_batch_norm_forward(cr_dtype dtype, const cr_batch_norm *g, const void *x, const void *weight, const void *bias, void *y,
                           void *mean, void *variance) {
  job j = {.which = NORM, .norm = g, .a = x, .weight = weight, .bias = bias, .out = y, .out2 = mean, .out3 = variance};
  run(dtype, &j, g->channels, g->batch * g->channels * g->inner);
}
void cr_batch_norm_backward(cr_dtype dtype, const cr_batch_norm *g, const void *dy, const void *x, const void *mean,
                            const void *variance, const void *weight, void *dx, void *dweight, void *dbias) {
  job j = {.which = NORM_BACKWARD, .norm = g, .a = dy, .b = x, .mean = mean, .variance = variance, .weight = weight, .out = dx,
           .out2 = dweight, .out3 = dbias};
  run(dtype, &j, g->channels, g->batch * g->channels * g->inner);
}

void cr_resample(cr_dtype dtype, const cr_resampling *m, const void *x, void *y) {
  run(dtype, &(job){.which = RESAMPLE, .map = m, .a = x, .out = y}, m->outer, m->outer * m->out * m->inner);
}
void cr_resample_transposed(cr_dtype dtype, const cr_resampling *m, const void *dy, void *dx) {
  run(dtype, &(job){.which = RESAMPLE_TRANSPOSED, .map = m, .a = dy, .out = dx}, m->outer, m->outer * m->out * m->inner);
}
