// The optimizers' steps: their division among threads. Each element is on its own, so the parts may be cut anywhere.
#include "cr_optimizer.h"

#include "cr_threads.h"
#include "elementwise/table.h"
#include "optimizer/table.h"

typedef struct job {
  const void *options;
  cr_dtype dtype;
  int64_t n, parts;
  char *p, *a, *b, *c;  // the parameter and up to three buffers of state
  const char *g;
} job;

typedef struct span {
  int64_t n, offset;
} span;

static inline span part_of(const job *j, int64_t part) {
  int64_t start = j->n * part / j->parts, end = j->n * (part + 1) / j->parts;
  return (span){end - start, start * (int64_t)cr_dtype_size(j->dtype)};
}

static inline const cr_optimizer_loops *loops_of(const job *j) { return &cr_kernels.optimizer->types[j->dtype == CR_FLOAT64]; }

static inline void *at(char *base, int64_t offset) { return base ? base + offset : NULL; }

static void run(job *j, cr_task task) {
  j->parts = cr_parts(j->n, CR_ELEMENTWISE_GRAIN);
  cr_parallel(j->parts, task, j);
}

static void sgd_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *buffer = at(j->a, s.offset);
  const void *g = j->g + s.offset;
  loops_of(j)->sgd(j->options, s.n, p, g, buffer);
}

static void adam_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *mean = at(j->a, s.offset), *square = at(j->b, s.offset), *largest = at(j->c, s.offset);
  const void *g = j->g + s.offset;
  loops_of(j)->adam(j->options, s.n, p, g, mean, square, largest);
}

static void rmsprop_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *square = at(j->a, s.offset), *average = at(j->b, s.offset), *buffer = at(j->c, s.offset);
  const void *g = j->g + s.offset;
  loops_of(j)->rmsprop(j->options, s.n, p, g, square, average, buffer);
}

static void adagrad_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *sum = at(j->a, s.offset);
  const void *g = j->g + s.offset;
  loops_of(j)->adagrad(j->options, s.n, p, g, sum);
}

void cr_sgd_step(const cr_sgd *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *buffer) {
  job j = {.options = o, .dtype = dtype, .n = n, .p = p, .g = g, .a = buffer};
  run(&j, sgd_part);
}

void cr_adam_step(const cr_adam *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *mean, void *square, void *largest) {
  job j = {.options = o, .dtype = dtype, .n = n, .p = p, .g = g, .a = mean, .b = square, .c = largest};
  run(&j, adam_part);
}

void cr_rmsprop_step(const cr_rmsprop *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *square, void *average,
                     void *buffer) {
  job j = {.options = o, .dtype = dtype, .n = n, .p = p, .g = g, .a = square, .b = average, .c = buffer};
  run(&j, rmsprop_part);
}

void cr_adagrad_step(const cr_adagrad *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *sum) {
  job j = {.options = o, .dtype = dtype, .n = n, .p = p, .g = g, .a = sum};
  run(&j, adagrad_part);
}
