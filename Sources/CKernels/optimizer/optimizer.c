// The optimizers' steps: their division among threads. Each element is on its own, so the parts may be cut anywhere.
#include "cr_optimizer.h"

#include <string.h>

#include "cr_threads.h"
#include "elementwise/table.h"
#include "optimizer/table.h"

typedef struct job {
  const void *options;
  cr_dtype dtype;
  int64_t n, parts;
  char *p;
  const char *g;
  void *const *state;
} job;

// A part of the job: its own places in the parameter, the gradient and the state.
typedef struct span {
  int64_t n;
  void *p;
  const void *g;
  void *state[CR_OPTIMIZER_BUFFERS];
} span;

static inline span part_of(const job *j, int64_t part) {
  int64_t start = j->n * part / j->parts, end = j->n * (part + 1) / j->parts, offset = start * (int64_t)cr_dtype_size(j->dtype);
  span s = {.n = end - start, .p = j->p + offset, .g = j->g + offset};
  for (int i = 0; i < CR_OPTIMIZER_BUFFERS; i++) s.state[i] = j->state[i] ? (char *)j->state[i] + offset : NULL;
  return s;
}

static inline const cr_optimizer_loops *loops_of(const job *j) { return &cr_kernels.optimizer->types[j->dtype == CR_FLOAT64]; }

static void run(const void *options, cr_dtype dtype, int64_t n, void *p, const void *g, void *const *state, cr_task task) {
  job j = {.options = options, .dtype = dtype, .n = n, .parts = cr_parts(n, CR_ELEMENTWISE_GRAIN), .p = p, .g = g, .state = state};
  cr_parallel(j.parts, task, &j);
}

#define DEFINE(name)                                                                                                  \
  static void name##_part(void *context, int64_t part) {                                                              \
    const job *j = context;                                                                                           \
    span s = part_of(j, part);                                                                                        \
    loops_of(j)->name(j->options, s.n, s.p, s.g, s.state);                                                            \
  }                                                                                                                   \
  void cr_##name##_step(const cr_##name *o, cr_dtype dtype, int64_t n, void *p, const void *g, void *const *state) {  \
    run(o, dtype, n, p, g, state, name##_part);                                                                       \
  }
CR_EACH_OPTIMIZER(DEFINE)
