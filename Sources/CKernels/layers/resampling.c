// Resampling: the division of the outer positions among threads.
#include "cr_resampling.h"

#include "layers/table.h"

typedef struct {
  const cr_layer_loops *loops;
  const cr_resampling *map;
  int64_t parts;
  const void *from;
  void *to;
} job;

static void forward_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->resample(j->map, j->from, j->to, j->map->outer * part / j->parts, j->map->outer * (part + 1) / j->parts);
}

static void transposed_part(void *context, int64_t part) {
  const job *j = context;
  j->loops->resample_transposed(j->map, j->from, j->to, j->map->outer * part / j->parts, j->map->outer * (part + 1) / j->parts);
}

static void run(cr_dtype dtype, const cr_resampling *m, const void *from, void *to, cr_task task) {
  job j = {cr_layer_loops_for(dtype), m, cr_layer_parts(m->outer, m->outer * m->out * m->inner), from, to};
  cr_parallel(j.parts, task, &j);
}

void cr_resample(cr_dtype dtype, const cr_resampling *m, const void *x, void *y) { run(dtype, m, x, y, forward_part); }

void cr_resample_transposed(cr_dtype dtype, const cr_resampling *m, const void *dy, void *dx) { run(dtype, m, dy, dx, transposed_part); }
