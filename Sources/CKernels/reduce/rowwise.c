// Reductions that want whole rows: argmax, argmin, extrema with their index, logsumexp.
#include <math.h>
#include <string.h>

#include "cr_elementwise.h"
#include "cr_memory.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"
#include "reduce/pack.h"
#include "reduce/softmax_table.h"

bool cr_pack(const cr_tensor *x, const bool *reduced, cr_packed *packed) {
  int64_t from_dims[2 * CR_MAX_RANK], to_dims[2 * CR_MAX_RANK], rows = 1, n = 1, stride = 1;
  int next = 0;
  bool ordered = true, seen_reduced = false;
  for (int pass = 0; pass < 2; pass++)
    for (int d = 0; d < x->rank; d++)
      if (reduced[d] == (pass == 1)) {
        from_dims[next] = x->dims[d];
        from_dims[x->rank + next++] = cr_strides(x)[d];
        *(pass ? &n : &rows) *= x->dims[d];
      }
  for (int d = 0; d < x->rank; d++) {
    if (x->dims[d] == 1) continue;
    if (!reduced[d] && seen_reduced) ordered = false;
    seen_reduced |= reduced[d];
  }
  packed->dims[0] = rows;
  packed->dims[1] = n;
  packed->dims[2] = n;
  packed->dims[3] = 1;
  packed->owned = NULL;
  packed->tensor = (cr_tensor){.data = x->data, .dims = packed->dims, .count = x->count, .dtype = x->dtype, .rank = 2, .contiguous = true};
  if (ordered && x->contiguous) return true;
  for (int d = x->rank - 1; d >= 0; d--) {
    to_dims[d] = from_dims[d];
    to_dims[x->rank + d] = stride;
    stride *= from_dims[d];
  }
  packed->owned = cr_scratch((size_t)x->count * cr_dtype_size(x->dtype), &packed->capacity);
  if (!packed->owned) return false;
  packed->tensor.data = packed->owned;
  cr_tensor from = *x, to = packed->tensor;
  from.dims = from_dims;
  from.contiguous = false;
  to.dims = to_dims;
  to.rank = x->rank;
  cr_copy(&from, &to);
  return true;
}

bool cr_pack_rows(const cr_tensor *x, int64_t n, cr_packed *packed, int64_t *step) {
  const bool none[CR_MAX_RANK] = {false};
  int64_t dims[2 * CR_MAX_RANK], inner = 1;
  int d = x->rank;
  while (d > 0 && inner < n) inner *= x->dims[--d];
  bool same = x->count > n;
  for (int k = 0; k < x->rank; k++) {
    dims[k] = k < d ? 1 : x->dims[k];
    dims[x->rank + k] = cr_strides(x)[k];
    same &= k >= d || x->dims[k] == 1 || cr_strides(x)[k] == 0;
  }
  cr_tensor row = *x;
  if (same) {
    row.dims = dims;
    row.count = n;
    row.contiguous = false;
  }
  *step = same ? 0 : n * (int64_t)cr_dtype_size(x->dtype);
  return cr_pack(&row, none, packed);
}

void cr_release(cr_packed *packed) { cr_free(packed->owned, packed->capacity); }

typedef struct rows {
  const cr_tensor *x;
  const cr_reducer *reducer;
  int64_t count, n, parts;
  char *values;
  int64_t *indices;
  cr_unary_row exponential;
} rows;

// The first position of `value` (NaN: of a NaN).
#define FIRST_EQUAL(T)                                                  \
  {                                                                     \
    const T *x = xs;                                                    \
    T value = *(const T *)wanted;                                       \
    if (value != value) {                                               \
      for (int64_t i = 0; i < n; i++)                                   \
        if (x[i] != x[i]) return i;                                     \
    }                                                                   \
    for (int64_t i = 0; i < n; i++)                                     \
      if (x[i] == value) return i;                                      \
    return 0;                                                           \
  }
static int64_t first_equal(cr_dtype dtype, const void *xs, int64_t n, const void *wanted) {
  switch (dtype) {
    case CR_FLOAT32: FIRST_EQUAL(float)
    case CR_FLOAT64: FIRST_EQUAL(double)
    case CR_INT32: FIRST_EQUAL(int32_t)
    case CR_INT64: FIRST_EQUAL(int64_t)
    default: FIRST_EQUAL(uint8_t)
  }
}

static void argument_part(void *context, int64_t part) {
  const rows *r = context;
  int64_t width = (int64_t)cr_dtype_size(r->x->dtype), end = r->count * (part + 1) / r->parts;
  for (int64_t i = r->count * part / r->parts; i < end; i++) {
    const char *row = (const char *)r->x->data + i * r->n * width;
    int64_t value = 0;
    r->reducer->run(row, r->n, &value);
    r->indices[i] = first_equal(r->x->dtype, row, r->n, &value);
    if (r->values) memcpy(r->values + i * width, &value, (size_t)width);
  }
}

static void short_argument_part(void *context, int64_t part) {
  const rows *r = context;
  _Alignas(64) char columns[CR_SHORT_ROW * CR_LANES * 8], values[CR_LANES * 8];
  int64_t indices[CR_LANES], width = (int64_t)cr_dtype_size(r->x->dtype), n = r->n;
  int64_t blocks = (r->count + CR_LANES - 1) / CR_LANES, end = blocks * (part + 1) / r->parts;
  const char *x = r->x->data;
  for (int64_t b = blocks * part / r->parts; b < end; b++) {
    int64_t first = b * CR_LANES, rows = r->count - first < CR_LANES ? r->count - first : CR_LANES;
    cr_kernels.elementwise->rows_to_columns[width](x + first * n * width, n, rows, x + r->count * n * width, columns);
    r->reducer->strip(columns, CR_LANES, n, CR_LANES, columns + sizeof columns, values);
    cr_kernels.reduce->positions[r->x->dtype](columns, n, values, indices);
    memcpy(r->indices + first, indices, (size_t)rows * sizeof(int64_t));
    if (r->values) memcpy(r->values + first * width, values, (size_t)(rows * width));
  }
}

void cr_reduce_argument(bool largest, const cr_tensor *x, const bool *reduced, cr_tensor *values, cr_tensor *indices) {
  if (x->count == 0) return;
  cr_packed packed;
  if (!cr_pack(x, reduced, &packed)) return;
  rows r = {.x = &packed.tensor, .count = packed.dims[0], .n = packed.dims[1], .parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN)};
  r.reducer = &cr_kernels.reduce->reducers[largest ? CR_AMAX : CR_AMIN][x->dtype];
  r.values = values ? values->data : NULL;
  r.indices = indices->data;
  bool is_short = r.n <= CR_SHORT_ROW && r.count >= CR_LANES / 4;
  cr_parallel(r.parts, is_short ? short_argument_part : argument_part, &r);
  cr_release(&packed);
}

void cr_extremum(bool largest, const cr_tensor *x, int dim, cr_tensor *values, cr_tensor *indices) {
  bool reduced[CR_MAX_RANK] = {false};
  reduced[dim] = true;
  cr_reduce_argument(largest, x, reduced, values, indices);
}

// max + log(sum(exp(x - max))), the exponentials summed in blocks; an infinite maximum is the result.
#define BLOCK 1024
#define LOGSUMEXP(T, library_log)                                                                      \
  static void logsumexp_##T(const rows *r, const T *x, T *to) {                                        \
    T largest, shifted[BLOCK], total = 0, block;                                                       \
    r->reducer[0].run(x, r->n, &largest);                                                              \
    if (largest == INFINITY || largest == -INFINITY) {                                                 \
      *to = largest;                                                                                   \
      return;                                                                                          \
    }                                                                                                  \
    const cr_reducer *sum = &cr_kernels.reduce->reducers[CR_SUM][r->x->dtype];                       \
    for (int64_t i = 0; i < r->n; i += BLOCK) {                                                        \
      int64_t m = r->n - i < BLOCK ? r->n - i : BLOCK;                                                 \
      for (int64_t j = 0; j < m; j++) shifted[j] = x[i + j] - largest;                                 \
      r->exponential(shifted, shifted, m);                                                             \
      sum->run(shifted, m, &block);                                                                    \
      total += block;                                                                                  \
    }                                                                                                  \
    *to = largest + library_log(total);                                                                \
  }
LOGSUMEXP(float, logf)
LOGSUMEXP(double, log)

static void logsumexp_part(void *context, int64_t part) {
  const rows *r = context;
  int64_t end = r->count * (part + 1) / r->parts;
  for (int64_t i = r->count * part / r->parts; i < end; i++) {
    if (r->x->dtype == CR_FLOAT32) logsumexp_float(r, (const float *)r->x->data + i * r->n, (float *)r->values + i);
    else logsumexp_double(r, (const double *)r->x->data + i * r->n, (double *)r->values + i);
  }
}

static void short_logsumexp_part(void *context, int64_t part) {
  const rows *r = context;
  _Alignas(64) char columns[CR_SHORT_ROW * CR_LANES * 8], values[CR_LANES * 8];
  int64_t width = (int64_t)cr_dtype_size(r->x->dtype), n = r->n;
  int64_t blocks = (r->count + CR_LANES - 1) / CR_LANES, end = blocks * (part + 1) / r->parts;
  const char *x = r->x->data;
  for (int64_t b = blocks * part / r->parts; b < end; b++) {
    int64_t first = b * CR_LANES, rows = r->count - first < CR_LANES ? r->count - first : CR_LANES;
    cr_kernels.elementwise->rows_to_columns[width](x + first * n * width, n, rows, x + r->count * n * width, columns);
    cr_kernels.softmax->logsumexp[r->x->dtype](columns, CR_LANES, NULL, 0, values, 0, n, (rows + 15) & ~15);
    memcpy(r->values + first * width, values, (size_t)(rows * width));
  }
}

void cr_reduce_logsumexp(const cr_tensor *x, const bool *reduced, cr_tensor *out) {
  cr_packed packed;
  if (!cr_pack(x, reduced, &packed)) return;
  rows r = {.x = &packed.tensor, .count = packed.dims[0], .n = packed.dims[1], .parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN)};
  r.reducer = &cr_kernels.reduce->reducers[CR_AMAX][x->dtype];
  r.exponential = cr_kernels.elementwise->unary[CR_EXP][x->dtype];
  r.values = out->data;
  bool is_short = r.n <= CR_SHORT_ROW && r.count >= 8;
  cr_parallel(r.parts, is_short ? short_logsumexp_part : logsumexp_part, &r);
  cr_release(&packed);
}
