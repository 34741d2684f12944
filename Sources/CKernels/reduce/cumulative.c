// Cumulative operations along one dimension: [outer, n, inner] with the inner elements side by side.
#include <math.h>

#include "cr_elementwise.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"
#include "isa/vocabulary.h"
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

static double log_add_exp(double a, double b) {
  if (a != a || b != b) return a + b;
  double high = a > b ? a : b, low = a > b ? b : a;
  if (high == low && (high == INFINITY || high == -INFINITY)) return high;
  return high + log1p(exp(low - high));
}

#define T float
#define TYPE float
#define IS_FLOATING 1
#include "reduce/scans.inc"
#define T double
#define TYPE double
#define IS_FLOATING 1
#include "reduce/scans.inc"
#define T uint8_t
#define TYPE uint8
#define IS_FLOATING 0
#include "reduce/scans.inc"
#define T int32_t
#define TYPE int32
#define IS_FLOATING 0
#include "reduce/scans.inc"
#define T int64_t
#define TYPE int64
#define IS_FLOATING 0
#include "reduce/scans.inc"

#define ALL_TYPES(name)                                                                                                      \
  {[CR_BOOL] = name##_uint8, [CR_UINT8] = name##_uint8, [CR_INT32] = name##_int32, [CR_INT64] = name##_int64,                 \
   [CR_FLOAT32] = name##_float, [CR_FLOAT64] = name##_double}
static void (*const scans[][CR_DTYPES])(const scan *s, int64_t base, int64_t lanes) = {
  [CR_CUMSUM] = ALL_TYPES(cumsum),
  [CR_CUMPROD] = ALL_TYPES(cumprod),
  [CR_LOGCUMSUMEXP] = {[CR_FLOAT32] = logcumsumexp_float, [CR_FLOAT64] = logcumsumexp_double},
  [CR_CUMMAX] = ALL_TYPES(cummax),
  [CR_CUMMIN] = ALL_TYPES(cummin),
};

static void scan_part(void *context, int64_t part) {
  const scan *s = context;
  int64_t strips = (s->inner + LANES - 1) / LANES, units = s->outer * strips;
  for (int64_t u = units * part / s->parts; u < units * (part + 1) / s->parts; u++) {
    int64_t column = u % strips * LANES;
    scans[s->op][s->from](s, u / strips * s->n * s->inner + column, s->inner - column < LANES ? s->inner - column : LANES);
  }
}

void cr_cumulative(cr_cumulative_op op, const cr_tensor *x, int dim, cr_tensor *out, cr_tensor *indices) {
  if (x->count == 0) return;
  bool none[CR_MAX_RANK] = {false};
  cr_packed packed;
  if (!cr_pack(x, none, &packed)) return;
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
