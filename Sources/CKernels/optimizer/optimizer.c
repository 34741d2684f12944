// The optimizers' steps: the loops, once per instruction set, and their division among threads. Each element is on its own, so the
// parts may be cut anywhere.
#include "cr_optimizer.h"

#include "cr_threads.h"
#include "cr_isa.h"
#include "elementwise/table.h"
#include "isa/vocabulary.h"

#if !defined(__x86_64__)
#define CR_HAS_FMA  // arm64's NEON has it
#endif
#define CR_ISA_SUFFIX portable
#include "optimizer/both_types.inc"
#undef CR_ISA_SUFFIX

#if defined(__x86_64__)
#define CR_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx2
#include "optimizer/both_types.inc"
#undef CR_ISA_SUFFIX
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx512
#include "optimizer/both_types.inc"
#undef CR_ISA_SUFFIX
#pragma clang attribute pop
#define CHOOSE(call)                                              \
  if (cr_isa_in_use() == CR_ISA_avx512) call(avx512);        \
  else if (cr_isa_in_use() == CR_ISA_avx2) call(avx2);    \
  else call(portable)
#else
#define CHOOSE(call) call(portable)
#endif

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
#define CALL(isa)                                                                           \
  (j->dtype == CR_FLOAT32 ? sgd_f32_##isa(j->options, s.n, p, g, buffer)                     \
                          : sgd_f64_##isa(j->options, s.n, p, g, buffer))
  CHOOSE(CALL);
#undef CALL
}

static void adam_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *mean = at(j->a, s.offset), *square = at(j->b, s.offset), *largest = at(j->c, s.offset);
  const void *g = j->g + s.offset;
#define CALL(isa)                                                                           \
  (j->dtype == CR_FLOAT32 ? adam_f32_##isa(j->options, s.n, p, g, mean, square, largest)     \
                          : adam_f64_##isa(j->options, s.n, p, g, mean, square, largest))
  CHOOSE(CALL);
#undef CALL
}

static void rmsprop_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *square = at(j->a, s.offset), *average = at(j->b, s.offset), *buffer = at(j->c, s.offset);
  const void *g = j->g + s.offset;
#define CALL(isa)                                                                           \
  (j->dtype == CR_FLOAT32 ? rmsprop_f32_##isa(j->options, s.n, p, g, square, average, buffer) \
                          : rmsprop_f64_##isa(j->options, s.n, p, g, square, average, buffer))
  CHOOSE(CALL);
#undef CALL
}

static void adagrad_part(void *context, int64_t part) {
  const job *j = context;
  span s = part_of(j, part);
  void *p = at(j->p, s.offset), *sum = at(j->a, s.offset);
  const void *g = j->g + s.offset;
#define CALL(isa)                                                                           \
  (j->dtype == CR_FLOAT32 ? adagrad_f32_##isa(j->options, s.n, p, g, sum)                    \
                          : adagrad_f64_##isa(j->options, s.n, p, g, sum))
  CHOOSE(CALL);
#undef CALL
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
