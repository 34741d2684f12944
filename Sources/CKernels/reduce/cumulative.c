// Cumulative operations along one dimension: [outer, n, inner] with the inner elements side by side.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cr_elementwise.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"
#include "reduce/pack.h"

typedef struct scan {
  cr_cumulative_op op;
  cr_dtype from, to;
  const char *x;
  char *out;
  int64_t *indices;
  int64_t outer, n, inner, parts;
} scan;

// Lines side by side that are carried forward together.
#define LANES 64

// Lines where `inner` elements lie between an element and the next: `lanes` neighbouring lines from `base` on, or a single one, whose
// carry stays in a register. Sums and products of float32 are carried in double, as PyTorch's are.
#define SCAN(T, U, A, expression)                                                                  \
  {                                                                                                \
    const T *x = (const T *)s->x + base;                                                           \
    U *out = (U *)s->out + base;                                                                   \
    if (lanes == 1) {                                                                              \
      A a = (A)x[0];                                                                               \
      out[0] = (U)a;                                                                               \
      for (int64_t i = 1; i < s->n; i++) {                                                         \
        A v = (A)x[i * s->inner];                                                                  \
        a = (expression);                                                                          \
        out[i * s->inner] = (U)a;                                                                  \
      }                                                                                            \
      return;                                                                                      \
    }                                                                                              \
    A carry[LANES];                                                                                \
    for (int64_t c = 0; c < lanes; c++) {                                                          \
      carry[c] = (A)x[c];                                                                          \
      out[c] = (U)carry[c];                                                                        \
    }                                                                                              \
    for (int64_t i = 1; i < s->n; i++)                                                             \
      for (int64_t c = 0; c < lanes; c++) {                                                        \
        A a = carry[c], v = (A)x[i * s->inner + c];                                                \
        carry[c] = (expression);                                                                   \
        out[i * s->inner + c] = (U)carry[c];                                                       \
      }                                                                                            \
    return;                                                                                        \
  }
#define EXTREMUM(T, better)                                                                        \
  {                                                                                                \
    const T *x = (const T *)s->x + base;                                                           \
    T *out = (T *)s->out + base, carry[LANES];                                                     \
    int64_t *indices = s->indices ? s->indices + base : NULL, at[LANES] = {0};                     \
    for (int64_t c = 0; c < lanes; c++) carry[c] = x[c];                                           \
    for (int64_t i = 0; i < s->n; i++)                                                             \
      for (int64_t c = 0; c < lanes; c++) {                                                        \
        T v = x[i * s->inner + c], a = carry[c];                                                   \
        bool takes = (v != v) | (v better a);                                                      \
        carry[c] = takes ? v : a;                                                                  \
        at[c] = takes ? i : at[c];                                                                 \
        out[i * s->inner + c] = carry[c];                                                          \
        if (indices) indices[i * s->inner + c] = at[c];                                            \
      }                                                                                            \
    return;                                                                                        \
  }
#define INTEGER_SCANS(T)                                                                           \
  switch (s->op) {                                                                                 \
    case CR_CUMSUM: SCAN(T, uint64_t, uint64_t, a + v)                                             \
    case CR_CUMPROD: SCAN(T, uint64_t, uint64_t, a * v)                                            \
    case CR_CUMMAX: EXTREMUM(T, >=)                                                                \
    case CR_CUMMIN: EXTREMUM(T, <=)                                                                \
    default: return;                                                                               \
  }
#define FLOATING_SCANS(T)                                                                          \
  switch (s->op) {                                                                                 \
    case CR_CUMSUM: SCAN(T, T, double, a + v)                                                      \
    case CR_CUMPROD: SCAN(T, T, double, a * v)                                                     \
    case CR_LOGCUMSUMEXP: SCAN(T, T, double, log_add_exp(a, v))                                    \
    case CR_CUMMAX: EXTREMUM(T, >=)                                                                \
    case CR_CUMMIN: EXTREMUM(T, <=)                                                                \
  }                                                                                                \
  return;

static double log_add_exp(double a, double b) {
  if (a != a || b != b) return a + b;
  double high = a > b ? a : b, low = a > b ? b : a;
  if (high == low && (high == INFINITY || high == -INFINITY)) return high;
  return high + log1p(exp(low - high));
}

static void scan_lines(const scan *s, int64_t base, int64_t lanes) {
  // A NaN already carried stays: `v better a` is false against it.
  switch (s->from) {
    case CR_FLOAT32: FLOATING_SCANS(float)
    case CR_FLOAT64: FLOATING_SCANS(double)
    case CR_INT32: INTEGER_SCANS(int32_t)
    case CR_INT64: INTEGER_SCANS(int64_t)
    default: INTEGER_SCANS(uint8_t)
  }
}

static void scan_part(void *context, int64_t part) {
  const scan *s = context;
  int64_t strips = (s->inner + LANES - 1) / LANES, units = s->outer * strips;
  for (int64_t u = units * part / s->parts; u < units * (part + 1) / s->parts; u++) {
    int64_t column = u % strips * LANES;
    scan_lines(s, u / strips * s->n * s->inner + column, s->inner - column < LANES ? s->inner - column : LANES);
  }
}

void cr_cumulative(cr_cumulative_op op, const cr_tensor *x, int dim, cr_tensor *out, cr_tensor *indices) {
  if (x->count == 0) return;
  bool none[CR_MAX_RANK] = {false};
  cr_packed packed;
  cr_pack(x, none, &packed);
  scan s = {.op = op, .from = x->dtype, .to = out->dtype, .x = packed.tensor.data, .out = out->data, .n = 1, .inner = 1};
  s.indices = indices ? indices->data : NULL;
  if (x->rank > 0) {
    s.n = x->dims[dim];
    for (int d = dim + 1; d < x->rank; d++) s.inner *= x->dims[d];
  }
  s.outer = x->count / s.n / s.inner;
  s.parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN);
  cr_parallel(s.parts, scan_part, &s);
  cr_release(&packed);
}
