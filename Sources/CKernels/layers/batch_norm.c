// Batch normalisation: the division of the channels among threads.
#include "cr_batch_norm.h"

#include "layers/table.h"

typedef struct {
  const cr_layer_loops *loops;
  const cr_batch_norm *norm;
  int64_t parts;
  const void *x, *weight, *bias, *dy;
  void *y, *dx, *dweight, *dbias;
  void *mean, *variance;
} job;

static int64_t first_channel(const job *j, int64_t part) { return j->norm->channels * part / j->parts; }

static void forward_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->batch_norm(j->norm, j->x, j->weight, j->bias, j->y, j->mean, j->variance, first_channel(j, part), first_channel(j, part + 1));
}

static void backward_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->batch_norm_backward(j->norm, j->dy, j->x, j->mean, j->variance, j->weight, j->dx, j->dweight, j->dbias,
                                first_channel(j, part), first_channel(j, part + 1));
}

static void run(cr_dtype dtype, job *j, cr_task task) {
  const cr_batch_norm *g = j->norm;
  j->loops = cr_layer_loops_for(dtype);
  j->parts = cr_layer_parts(g->channels, g->batch * g->channels * g->inner);
  cr_parallel(j->parts, task, j);
}

void cr_batch_norm_forward(cr_dtype dtype, const cr_batch_norm *g, const void *x, const void *weight, const void *bias, void *y,
                           void *mean, void *variance) {
  run(dtype, &(job){.norm = g, .x = x, .weight = weight, .bias = bias, .y = y, .mean = mean, .variance = variance}, forward_part);
}

void cr_batch_norm_backward(cr_dtype dtype, const cr_batch_norm *g, const void *dy, const void *x, const void *mean,
                            const void *variance, const void *weight, void *dx, void *dweight, void *dbias) {
  job j = {.norm = g, .dy = dy, .x = x, .mean = (void *)mean, .variance = (void *)variance, .weight = weight, .dx = dx,
           .dweight = dweight, .dbias = dbias};
  run(dtype, &j, backward_part);
}
