// Layer normalisation over rows (Ba, Kiros and Hinton, "Layer normalization", 2016).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cr_pool.h"
#include "cr_softmax.h"
#include "elementwise_loop.h"
#include "softmax_rows.h"

typedef struct norm {
  cr_row_ops ops;
  const char *x, *dy, *weight, *bias;
  char *out, *products;
  void *mean, *rstd;
  double eps;
  int64_t rows, n, parts;
} norm;

// Each tensor as contiguous elements; NULL passes through.
static const char *pack(const cr_tensor *t, cr_packed *packed) {
  packed->owned = NULL;
  if (!t) return NULL;
  bool none[CR_MAX_RANK] = {false};
  cr_pack(t, none, packed);
  return packed->tensor.data;
}

static void forward_part(void *context, int64_t part) {
  const norm *c = context;
  const cr_row_ops *o = &c->ops;
  int64_t end = c->rows * (part + 1) / c->parts, n = c->n;
  for (int64_t r = c->rows * part / c->parts; r < end; r++) {
    const char *x = c->x + r * n * o->width;
    char *out = c->out + r * n * o->width;
    double mean = cr_row_reduce(o, o->sum, x, n) / (double)n;
    cr_store(o, c->mean, r, mean);
    cr_row_scalar(o, o->sub, x, mean, out, n);
    double rstd = 1 / sqrt(cr_row_reduce(o, o->squares, out, n) / (double)n + c->eps);
    cr_store(o, c->rstd, r, rstd);
    cr_row_scalar(o, o->mul, out, rstd, out, n);
    if (c->weight) o->mul(out, c->weight, out, n, CR_BOTH_ROWS);
    if (c->bias) o->add(out, c->bias, out, n, CR_BOTH_ROWS);
  }
}

void cr_layer_norm(const cr_tensor *x, const cr_tensor *weight, const cr_tensor *bias, double eps, cr_tensor *out,
                   cr_tensor *mean, cr_tensor *rstd) {
  if (x->count == 0) return;
  cr_packed px, pw, pb;
  norm c = {.ops = cr_row_ops_for(x->dtype), .eps = eps, .out = out->data, .mean = mean->data, .rstd = rstd->data};
  c.x = pack(x, &px);
  c.weight = pack(weight, &pw);
  c.bias = pack(bias, &pb);
  c.rows = mean->count;
  c.n = x->count / c.rows;
  c.parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN);
  cr_parallel(c.parts, forward_part, &c);
  cr_release(&px);
  cr_release(&pw);
  cr_release(&pb);
}

// With h = (x - mean) * rstd and g = dy * weight: dx = rstd * (g - mean(g) - h * mean(g*h)). dy * h is kept for dweight.
static void backward_part(void *context, int64_t part) {
  const norm *c = context;
  const cr_row_ops *o = &c->ops;
  int64_t end = c->rows * (part + 1) / c->parts, n = c->n, bytes = n * o->width;
  char *h = malloc((size_t)bytes * 3), *g = h + bytes, *gh = g + bytes;
  for (int64_t r = c->rows * part / c->parts; r < end; r++) {
    const char *dy = c->dy + r * bytes;
    double rstd = cr_load(o, c->rstd, r);
    cr_row_scalar(o, o->sub, c->x + r * bytes, cr_load(o, c->mean, r), h, n);
    cr_row_scalar(o, o->mul, h, rstd, h, n);
    if (c->products) o->mul(dy, h, c->products + r * bytes, n, CR_BOTH_ROWS);
    if (!c->out) continue;
    if (c->weight) o->mul(dy, c->weight, g, n, CR_BOTH_ROWS);
    else memcpy(g, dy, (size_t)bytes);
    o->mul(g, h, gh, n, CR_BOTH_ROWS);
    cr_row_scalar(o, o->mul, h, cr_row_reduce(o, o->sum, gh, n) / (double)n, h, n);
    cr_row_scalar(o, o->sub, g, cr_row_reduce(o, o->sum, g, n) / (double)n, g, n);
    o->sub(g, h, g, n, CR_BOTH_ROWS);
    cr_row_scalar(o, o->mul, g, rstd, c->out + r * bytes, n);
  }
  free(h);
}

static void sum_rows(const norm *c, const void *x, cr_tensor *out) {
  int64_t dims[4] = {c->rows, c->n, c->n, 1};
  bool reduced[2] = {true, false};
  cr_tensor matrix = {.data = (void *)x, .dims = dims, .count = c->rows * c->n, .dtype = out->dtype, .rank = 2, .contiguous = true};
  cr_reduce(CR_SUM, &matrix, reduced, out);
}

void cr_layer_norm_backward(const cr_tensor *dy, const cr_tensor *x, const cr_tensor *mean, const cr_tensor *rstd,
                            const cr_tensor *weight, cr_tensor *dx, cr_tensor *dweight, cr_tensor *dbias) {
  if (x->count == 0) {
    if (dweight) cr_fill(dweight, (cr_scalar){0, 0});
    if (dbias) cr_fill(dbias, (cr_scalar){0, 0});
    return;
  }
  cr_packed packed[5];
  norm c = {.ops = cr_row_ops_for(x->dtype), .out = dx ? dx->data : NULL};
  c.dy = pack(dy, &packed[0]);
  c.x = pack(x, &packed[1]);
  c.mean = (void *)pack(mean, &packed[2]);
  c.rstd = (void *)pack(rstd, &packed[3]);
  c.weight = pack(weight, &packed[4]);
  c.rows = mean->count;
  c.n = x->count / c.rows;
  c.parts = cr_parts(x->count, CR_ELEMENTWISE_GRAIN);
  if (dweight) c.products = malloc((size_t)(x->count * c.ops.width));
  cr_parallel(c.parts, backward_part, &c);
  if (dweight) sum_rows(&c, c.products, dweight);
  if (dbias) sum_rows(&c, c.dy, dbias);
  free(c.products);
  for (int k = 0; k < 5; k++) cr_release(&packed[k]);
}
