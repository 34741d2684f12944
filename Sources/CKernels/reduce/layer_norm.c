// Layer normalisation over rows (Ba, Kiros and Hinton, "Layer normalization", 2016).
#include <math.h>
#include <string.h>

#include "cr_memory.h"
#include "cr_threads.h"
#include "cr_softmax.h"
#include "elementwise/loop.h"
#include "reduce/row_ops.h"
#include "reduce/softmax_table.h"

typedef struct norm {
  cr_row_ops ops;
  const cr_softmax_table *kernels;
  const char *x, *dy, *weight, *bias;
  int64_t dy_step;  // bytes from row to row: 0 where all rows are one
  char *out;
  char *dweight, *dbias;  // [parts][n] sums of a part's rows, behind each n sums of its latest rows
  void *mean, *rstd;
  double eps;
  int64_t rows, n, parts;
} norm;

// Each tensor as contiguous elements; NULL passes through. `*fits` becomes false where there is no memory.
static const char *pack(const cr_tensor *t, cr_packed *packed, bool *fits) {
  packed->owned = NULL;
  if (!t || !*fits) return NULL;
  bool none[CR_MAX_RANK] = {false};
  *fits = cr_pack(t, none, packed);
  return packed->tensor.data;
}

static void forward_part(void *context, int64_t part) {
  const norm *c = context;
  const cr_row_ops *o = &c->ops;
  int64_t end = c->rows * (part + 1) / c->parts, n = c->n;
  for (int64_t r = c->rows * part / c->parts; r < end; r++) {
    cr_norm_row row = {.x = c->x + r * n * o->width, .weight = c->weight, .bias = c->bias, .n = n};
    cr_store(o, c->mean, r, cr_row_reduce(o, o->sum, row.x, n) / (double)n);
    row.mean = cr_load(o, c->mean, r);
    cr_store(o, c->rstd, r, 1 / sqrt(c->kernels->norm_squares[o->dtype](&row) / (double)n + c->eps));
    row.rstd = cr_load(o, c->rstd, r);
    c->kernels->norm_forward[o->dtype](&row, c->out + r * n * o->width);
  }
}

void cr_layer_norm(const cr_tensor *x, const cr_tensor *weight, const cr_tensor *bias, double eps, cr_tensor *out,
                   cr_tensor *mean, cr_tensor *rstd) {
  if (x->count == 0) return;
  cr_packed px, pw, pb;
  norm c = {.ops = cr_row_ops_for(x->dtype), .kernels = cr_kernels.softmax, .eps = eps};
  c.out = out->data;
  c.mean = mean->data;
  c.rstd = rstd->data;
  bool fits = true;
  c.x = pack(x, &px, &fits);
  c.weight = pack(weight, &pw, &fits);
  c.bias = pack(bias, &pb, &fits);
  c.rows = mean->count;
  c.n = x->count / c.rows;
  c.parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN);
  if (fits) cr_parallel(c.parts, forward_part, &c);
  cr_release(&px);
  cr_release(&pw);
  cr_release(&pb);
}

// Rows added into one sum before it joins the part's total, so that the error grows slowly with their number.
#define BLOCK 32

// Adds a block's sums to the total in front of it and clears them.
static void close_block(const norm *c, char *total) {
  if (!total) return;
  size_t bytes = (size_t)(c->n * c->ops.width);
  c->ops.add(total, total + bytes, total, c->n, CR_BOTH_ROWS);
  memset(total + bytes, 0, bytes);
}

// With h = (x - mean) * rstd and g = dy * weight: dx = rstd * (g - mean(g) - h * mean(g*h)).
static void backward_part(void *context, int64_t part) {
  const norm *c = context;
  const cr_row_ops *o = &c->ops;
  int64_t begin = c->rows * part / c->parts, end = c->rows * (part + 1) / c->parts, bytes = c->n * o->width;
  char *dweight = c->dweight ? c->dweight + part * 2 * bytes : NULL, *dbias = c->dbias ? c->dbias + part * 2 * bytes : NULL;
  if (dweight) memset(dweight, 0, (size_t)(2 * bytes));
  if (dbias) memset(dbias, 0, (size_t)(2 * bytes));
  for (int64_t r = begin; r < end; r++) {
    cr_norm_row row = {.x = c->x + r * bytes, .dy = c->dy + r * c->dy_step, .weight = c->weight, .n = c->n};
    row.mean = cr_load(o, c->mean, r);
    row.rstd = cr_load(o, c->rstd, r);
    c->kernels->norm_parameters[o->dtype](&row, dweight ? dweight + bytes : NULL, dbias ? dbias + bytes : NULL);
    if (c->out) {
      double sums[2];
      c->kernels->norm_sums[o->dtype](&row, sums);
      c->kernels->norm_backward[o->dtype](&row, sums, c->out + r * bytes);
    }
    if ((r - begin) % BLOCK == BLOCK - 1 || r == end - 1) {
      close_block(c, dweight);
      close_block(c, dbias);
    }
  }
}

static void sum_parts(const norm *c, char *totals, cr_tensor *out) {
  if (!out) return;
  int64_t dims[4] = {c->parts, c->n, 2 * c->n, 1};
  bool reduced[2] = {true, false};
  cr_tensor matrix = {.data = totals, .dims = dims, .count = c->parts * c->n, .dtype = out->dtype, .rank = 2};
  cr_reduce(CR_SUM, &matrix, reduced, out);
}

// Few enough that their sums stay small beside the tensor.
static int64_t backward_parts(const norm *c) {
  int64_t parts = cr_parts(c->rows * c->n, CR_ELEMENTWISE_GRAIN), most = c->rows / 8 < 16 ? c->rows / 8 : 16;
  return parts < most ? parts : most < 1 ? 1 : most;
}

void cr_layer_norm_backward(const cr_tensor *dy, const cr_tensor *x, const cr_tensor *mean, const cr_tensor *rstd,
                            const cr_tensor *weight, cr_tensor *dx, cr_tensor *dweight, cr_tensor *dbias) {
  if (x->count == 0) {
    if (dweight) cr_fill(dweight, (cr_scalar){0, 0});
    if (dbias) cr_fill(dbias, (cr_scalar){0, 0});
    return;
  }
  cr_packed packed[5] = {{.owned = NULL}};
  bool fits = true;
  norm c = {.ops = cr_row_ops_for(x->dtype), .kernels = cr_kernels.softmax, .out = dx ? dx->data : NULL};
  c.x = pack(x, &packed[1], &fits);
  c.mean = (void *)pack(mean, &packed[2], &fits);
  c.rstd = (void *)pack(rstd, &packed[3], &fits);
  c.weight = pack(weight, &packed[4], &fits);
  c.rows = mean->count;
  c.n = x->count / c.rows;
  fits = fits && cr_pack_rows(dy, c.n, &packed[0], &c.dy_step);
  c.dy = packed[0].tensor.data;
  c.parts = backward_parts(&c);
  size_t capacity, bytes = (size_t)(c.parts * 2 * c.n * c.ops.width);
  char *sums = fits ? cr_scratch(2 * bytes, &capacity) : NULL;
  if (sums) {
    if (dweight) c.dweight = sums;
    if (dbias) c.dbias = sums + bytes;
    cr_parallel(c.parts, backward_part, &c);
    sum_parts(&c, c.dweight, dweight);
    sum_parts(&c, c.dbias, dbias);
    cr_free(sums, capacity);
  }
  for (int k = 0; k < 5; k++) cr_release(&packed[k]);
}
