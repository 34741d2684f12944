#include "cr_softmax.h"

#include <math.h>
#include <string.h>

#include "cr_memory.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "reduce/row_ops.h"
#include "reduce/softmax_table.h"

typedef struct family family;
typedef void (*row_function)(const cr_row_ops *o, const char *a, const char *b, char *out, char *scratch, int64_t n);

struct family {
  cr_row_ops ops;
  row_function row;
  cr_columns columns;
  const char *a, *b;
  int64_t a_step, b_step;  // bytes from row to row: 0 where all rows are one
  char *out;
  int64_t rows, n, inner, parts;
};

// Infinite maxima: -inf everywhere gives NaN, as 0/0 and as PyTorch.
static void softmax_row(const cr_row_ops *o, const char *x, const char *unused, char *out, char *scratch, int64_t n) {
  (void)unused;
  (void)scratch;
  cr_row_scalar(o, o->sub, x, cr_row_reduce(o, o->largest, x, n), out, n);
  o->exp(out, out, n);
  cr_row_scalar(o, o->mul, out, 1 / cr_row_reduce(o, o->sum, out, n), out, n);
}

static void log_softmax_row(const cr_row_ops *o, const char *x, const char *unused, char *out, char *scratch, int64_t n) {
  (void)unused;
  cr_row_scalar(o, o->sub, x, cr_row_reduce(o, o->largest, x, n), out, n);
  o->exp(out, scratch, n);
  cr_row_scalar(o, o->sub, out, log(cr_row_reduce(o, o->sum, scratch, n)), out, n);
}

// The weights sum to 1, so the mean that is taken off can be taken in two parts: where one weight is nearly 1, its gradient and the first
// part cancel, and the second, the mean of what that left, holds the digits that rounding took.
static void softmax_backward_row(const cr_row_ops *o, const char *dy, const char *y, char *out, char *scratch, int64_t n) {
  o->mul(dy, y, scratch, n, CR_BOTH_ROWS);
  cr_row_scalar(o, o->sub, dy, cr_row_reduce(o, o->sum, scratch, n), scratch, n);
  o->mul(scratch, y, out, n, CR_BOTH_ROWS);
  cr_row_scalar(o, o->sub, scratch, cr_row_reduce(o, o->sum, out, n), scratch, n);
  o->mul(scratch, y, out, n, CR_BOTH_ROWS);
}

static void log_softmax_backward_row(const cr_row_ops *o, const char *dy, const char *y, char *out, char *scratch, int64_t n) {
  double total = cr_row_reduce(o, o->sum, dy, n);
  o->exp(y, scratch, n);
  cr_row_scalar(o, o->mul, scratch, total, scratch, n);
  o->sub(dy, scratch, out, n, CR_BOTH_ROWS);
}

static void long_rows_part(void *context, int64_t part) {
  const family *f = context;
  int64_t bytes = f->n * f->ops.width, end = f->rows * (part + 1) / f->parts;
  size_t capacity;
  char *scratch = cr_scratch((size_t)bytes, &capacity);
  if (!scratch) return;
  for (int64_t r = f->rows * part / f->parts; r < end; r++)
    f->row(&f->ops, f->a + r * f->a_step, f->b + r * f->b_step, f->out + r * bytes, scratch, f->n);
  cr_free(scratch, capacity);
}

static int64_t whole_vectors(int64_t lanes) { return (lanes + 15) & ~15; }

// Short rows are transposed, worked on as columns, and transposed back.
static void short_rows_part(void *context, int64_t part) {
  const family *f = context;
  _Alignas(64) char a[CR_SHORT_ROW * CR_ROWS_ABREAST * 8], b[CR_SHORT_ROW * CR_ROWS_ABREAST * 8];
  int64_t row = f->n * f->ops.width, blocks = (f->rows + CR_ROWS_ABREAST - 1) / CR_ROWS_ABREAST, end = blocks * (part + 1) / f->parts;
  cr_rows_to_columns rows_to_columns = cr_kernels.elementwise->rows_to_columns[f->ops.width];
  // Nothing beyond this part is read: another thread may be writing there.
  int64_t last = end * CR_ROWS_ABREAST < f->rows ? end * CR_ROWS_ABREAST : f->rows;
  for (int64_t k = blocks * part / f->parts; k < end; k++) {
    int64_t first = k * CR_ROWS_ABREAST, rows = f->rows - first < CR_ROWS_ABREAST ? f->rows - first : CR_ROWS_ABREAST;
    rows_to_columns(f->a + first * row, f->n, rows, f->a + last * row, a);
    if (f->b != f->a) rows_to_columns(f->b + first * row, f->n, rows, f->b + last * row, b);
    f->columns(a, CR_ROWS_ABREAST, f->b != f->a ? b : a, CR_ROWS_ABREAST, a, CR_ROWS_ABREAST, f->n, whole_vectors(rows));
    cr_kernels.elementwise->columns_to_rows[f->ops.width](a, f->n, rows, f->out + first * row);
  }
}

// [rows / inner, n, inner]: strips of the inner dimension, each element of a column `inner` after the one before.
static void columns_part(void *context, int64_t part) {
  const family *f = context;
  int64_t strips = (f->inner + CR_ROWS_ABREAST - 1) / CR_ROWS_ABREAST, units = f->rows / f->inner * strips, width = f->ops.width;
  for (int64_t u = units * part / f->parts; u < units * (part + 1) / f->parts; u++) {
    int64_t column = u % strips * CR_ROWS_ABREAST, lanes = f->inner - column < CR_ROWS_ABREAST ? f->inner - column : CR_ROWS_ABREAST;
    int64_t offset = (u / strips * f->n * f->inner + column) * width;
    f->columns(f->a + offset, f->inner, f->b + offset, f->inner, f->out + offset, f->inner, f->n, lanes);
  }
}

static void run(cr_columns columns, row_function row, const cr_tensor *a, const cr_tensor *b, int dim, cr_tensor *out) {
  if (out->count == 0) return;
  family f = {.ops = cr_row_ops_for(a->dtype), .row = row, .columns = columns, .out = out->data};
  f.n = a->rank > 0 ? a->dims[dim] : 1;
  f.inner = 1;
  for (int d = dim + 1; d < a->rank; d++) f.inner *= a->dims[d];
  f.rows = a->count / f.n;
  f.parts = cr_parts(a->count, CR_ELEMENTWISE_GRAIN);
  bool is_short = f.n <= CR_SHORT_ROW && f.rows >= 8;
  // Only long rows may be one for all; anything else is packed whole.
  int64_t unit = f.inner == 1 && !is_short ? f.n : a->count;
  cr_packed pa, pb = {.owned = NULL};
  bool fits = cr_pack_rows(a, unit, &pa, &f.a_step);
  f.a = f.b = pa.tensor.data;
  f.b_step = f.a_step;
  if (b != a) {
    fits = fits && cr_pack_rows(b, unit, &pb, &f.b_step);
    f.b = pb.tensor.data;
  }
  if (fits) cr_parallel(f.parts, f.inner > 1 ? columns_part : is_short ? short_rows_part : long_rows_part, &f);
  cr_release(&pa);
  cr_release(&pb);
}

void cr_softmax(const cr_tensor *x, int dim, cr_tensor *out) {
  run(cr_kernels.softmax->softmax[x->dtype], softmax_row, x, x, dim, out);
}
void cr_log_softmax(const cr_tensor *x, int dim, cr_tensor *out) {
  run(cr_kernels.softmax->log_softmax[x->dtype], log_softmax_row, x, x, dim, out);
}
void cr_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out) {
  run(cr_kernels.softmax->softmax_backward[y->dtype], softmax_backward_row, dy, y, dim, out);
}
void cr_log_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out) {
  run(cr_kernels.softmax->log_softmax_backward[y->dtype], log_softmax_backward_row, dy, y, dim, out);
}
