#include "cr_softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cr_pool.h"
#include "elementwise_loop.h"
#include "softmax_rows.h"

typedef struct family family;
typedef void (*row_function)(const cr_row_ops *o, const char *a, const char *b, char *out, char *scratch, int64_t n);

struct family {
  cr_row_ops ops;
  row_function row;
  const char *a, *b;
  char *out;
  int64_t rows, n, parts;
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

static void softmax_backward_row(const cr_row_ops *o, const char *dy, const char *y, char *out, char *scratch, int64_t n) {
  o->mul(dy, y, scratch, n, CR_BOTH_ROWS);
  double total = cr_row_reduce(o, o->sum, scratch, n);
  cr_row_scalar(o, o->sub, dy, total, scratch, n);
  o->mul(scratch, y, out, n, CR_BOTH_ROWS);
}

static void log_softmax_backward_row(const cr_row_ops *o, const char *dy, const char *y, char *out, char *scratch, int64_t n) {
  double total = cr_row_reduce(o, o->sum, dy, n);
  o->exp(y, scratch, n);
  cr_row_scalar(o, o->mul, scratch, total, scratch, n);
  o->sub(dy, scratch, out, n, CR_BOTH_ROWS);
}

static void run_part(void *context, int64_t part) {
  const family *f = context;
  int64_t bytes = f->n * f->ops.width, end = f->rows * (part + 1) / f->parts;
  char *scratch = malloc((size_t)bytes);
  for (int64_t r = f->rows * part / f->parts; r < end; r++)
    f->row(&f->ops, f->a + r * bytes, f->b + r * bytes, f->out + r * bytes, scratch, f->n);
  free(scratch);
}

static void run(row_function row, const cr_tensor *a, const cr_tensor *b, int dim, cr_tensor *out) {
  if (out->count == 0) return;
  bool along[CR_MAX_RANK] = {false};
  int64_t single = 1;
  if (a->rank > 0) {
    single = a->dims[dim];
    along[dim] = true;
  }
  cr_packed pa, pb;
  cr_pack(a, along, &pa);
  cr_pack(b, along, &pb);
  int64_t inner = 1;
  for (int d = dim + 1; d < a->rank; d++) inner *= a->dims[d];
  family f = {.ops = cr_row_ops_for(a->dtype), .row = row, .a = pa.tensor.data, .b = pb.tensor.data, .out = out->data, .n = single};
  f.rows = a->count / single;
  f.parts = cr_parts(a->count, CR_ELEMENTWISE_GRAIN);
  bool in_place = inner == 1 || single == 1;
  if (!in_place) f.out = malloc((size_t)a->count * (size_t)f.ops.width);
  cr_parallel(f.parts, run_part, &f);
  if (!in_place) {
    // [outer, inner, n] back to [outer, n, inner].
    int64_t outer = a->count / single / inner;
    int64_t from_dims[6] = {outer, single, inner, single * inner, 1, single};
    int64_t to_dims[6] = {outer, single, inner, single * inner, inner, 1};
    cr_tensor from = {.data = f.out, .dims = from_dims, .count = a->count, .dtype = a->dtype, .rank = 3};
    cr_tensor to = {.data = out->data, .dims = to_dims, .count = a->count, .dtype = a->dtype, .rank = 3};
    cr_copy(&from, &to);
    free(f.out);
  }
  cr_release(&pa);
  cr_release(&pb);
}

void cr_softmax(const cr_tensor *x, int dim, cr_tensor *out) { run(softmax_row, x, x, dim, out); }
void cr_log_softmax(const cr_tensor *x, int dim, cr_tensor *out) { run(log_softmax_row, x, x, dim, out); }
void cr_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out) {
  run(softmax_backward_row, dy, y, dim, out);
}
void cr_log_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out) {
  run(log_softmax_backward_row, dy, y, dim, out);
}
