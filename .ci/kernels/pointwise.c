// Elementwise operations, conversions, reductions and softmaxes: the same bits under every set.
#include "check.h"

static const cr_dtype dtypes[] = {CR_BOOL, CR_UINT8, CR_INT32, CR_INT64, CR_FLOAT32, CR_FLOAT64};
enum { DTYPES = sizeof dtypes / sizeof dtypes[0] };

typedef struct call {
  int op, dim;
  double a, b;
  bool reduced[2];
  bool on_left;
  box *x, *w, *out, *out2;
} call;

static void unary(void *c) { cr_unary((cr_unary_op)((call *)c)->op, &((call *)c)->x->t, &((call *)c)->out->t); }
static void attribute(void *context) {
  call *c = context;
  cr_unary_scalar((cr_attribute_op)c->op, &c->x->t, c->a, c->b, &c->out->t);
}
static void binary(void *context) {
  call *c = context;
  cr_binary((cr_binary_op)c->op, &c->x->t, &c->w->t, &c->out->t);
}
static void scalar(void *context) {
  call *c = context;
  cr_binary_scalar((cr_binary_op)c->op, &c->x->t, (cr_scalar){c->a, (int64_t)c->a}, c->on_left, &c->out->t);
}
static void cast(void *c) { cr_cast(&((call *)c)->x->t, &((call *)c)->out->t); }
static void where(void *context) {
  call *c = context;
  cr_where(&c->x->t, &c->w->t, &c->out2->t, &c->out->t);
}

// Rows, matrices against their grain, rows spread over a matrix.
static box *operand(cr_dtype dtype, int form) {
  box *b = make(dtype, 2, form == 1 ? (const int64_t[]){67, 33} : form == 2 ? (const int64_t[]){1, 67} : (const int64_t[]){33, 67});
  randomize(b, dtype == CR_INT32 || dtype == CR_INT64 ? 40 : 30, true);
  if (form == 1) {
    b->dims[0] = 33;
    b->dims[1] = 67;
    b->dims[2] = 1;
    b->dims[3] = 33;
    b->t.contiguous = false;
  }
  return b;
}

static box *result(cr_dtype dtype) {
  box *b = make(dtype, 2, (const int64_t[]){33, 67});
  return b;
}

void check_elementwise(void) {
  char what[64];
  for (int k = 0; k < DTYPES; k++)
    for (int form = 0; form < 2; form++) {
      cr_dtype dtype = dtypes[k];
      box *x = operand(dtype, form), *w = operand(dtype, 1 - form), *row = operand(dtype, 2);
      for (int op = 0; op < CR_UNARY_COUNT; op++) {
        if (!cr_has_unary((cr_unary_op)op, dtype)) continue;
        box *out = result(cr_unary_tests((cr_unary_op)op) ? CR_BOOL : dtype), *outs[] = {out};
        snprintf(what, sizeof what, "unary %d of dtype %d", op, dtype);
        compare(what, unary, &(call){.op = op, .x = x, .out = out}, outs, 1, 0);
        drop(out);
      }
      for (int op = 0; op < CR_ATTRIBUTE_COUNT; op++) {
        if (!cr_has_attribute((cr_attribute_op)op, dtype)) continue;
        box *out = result(dtype), *outs[] = {out};
        snprintf(what, sizeof what, "attribute %d of dtype %d", op, dtype);
        compare(what, attribute, &(call){.op = op, .x = x, .a = 0.5, .b = 3, .out = out}, outs, 1, 0);
        drop(out);
      }
      for (int op = 0; op < CR_BINARY_COUNT; op++) {
        if (!cr_has_binary((cr_binary_op)op, dtype)) continue;
        box *out = result(op >= CR_LOGICAL_AND ? CR_BOOL : dtype), *outs[] = {out};
        snprintf(what, sizeof what, "binary %d of dtype %d", op, dtype);
        compare(what, binary, &(call){.op = op, .x = x, .w = w, .out = out}, outs, 1, 0);
        compare(what, binary, &(call){.op = op, .x = row, .w = x, .out = out}, outs, 1, 0);
        compare(what, scalar, &(call){.op = op, .x = x, .a = 3, .out = out}, outs, 1, 0);
        compare(what, scalar, &(call){.op = op, .x = x, .a = 2, .on_left = true, .out = out}, outs, 1, 0);
        drop(out);
      }
      box *condition = operand(CR_BOOL, 0), *out = result(dtype), *outs[] = {out};
      compare_summed("where", where, &(call){.x = condition, .w = x, .out2 = w, .out = out}, outs, 1, 0);
      drop(condition);
      drop(out);
      drop(x);
      drop(w);
      drop(row);
    }
}

void check_casts(void) {
  char what[64];
  for (int from = 0; from < DTYPES; from++)
    for (int to = 0; to < DTYPES; to++)
      for (int form = 0; form < 2; form++) {
        box *x = operand(dtypes[from], form), *out = result(dtypes[to]), *outs[] = {out};
        snprintf(what, sizeof what, "cast of dtype %d to %d", dtypes[from], dtypes[to]);
        compare_summed(what, cast, &(call){.x = x, .out = out}, outs, 1, 0);
        drop(x);
        drop(out);
      }
}

static void reduction(void *context) {
  call *c = context;
  cr_reduce((cr_reduce_op)c->op, &c->x->t, c->reduced, &c->out->t);
}
static void cumulative(void *context) {
  call *c = context;
  cr_cumulative((cr_cumulative_op)c->op, &c->x->t, c->dim, &c->out->t, c->out2 ? &c->out2->t : NULL);
}

static const int64_t shapes[][2] = {{33, 67}, {300, 7}, {7, 300}, {1000, 3}, {2, 70000}, {70000, 2}, {1, 1}};

void check_reductions(void) {
  char what[64];
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
    for (int k = 0; k < DTYPES; k++) {
      cr_dtype dtype = dtypes[k];
      bool floating = dtype == CR_FLOAT32 || dtype == CR_FLOAT64;
      box *x = make(dtype, 2, shapes[s]);
      randomize(x, dtype == CR_INT32 || dtype == CR_INT64 ? 40 : 2, false);
      for (int op = 0; op < CR_REDUCE_COUNT; op++) {
        if (!floating && (op == CR_MEAN || op == CR_SUM_OF_SQUARES || op == CR_LOGSUMEXP)) continue;
        bool wide = op == CR_ARGMAX || op == CR_ARGMIN || op == CR_COUNT_NONZERO || (!floating && (op == CR_SUM || op == CR_PROD));
        cr_dtype to = op == CR_ANY || op == CR_ALL ? CR_BOOL : wide ? CR_INT64 : dtype;
        for (int way = 1; way < 4; way++) {
          int64_t left = (way & 1 ? 1 : shapes[s][0]) * (way & 2 ? 1 : shapes[s][1]);
          box *out = make(to, 1, &left), *outs[] = {out};
          snprintf(what, sizeof what, "reduction %d of dtype %d, shape %zu, dimensions %d", op, dtype, s, way);
          call c = {.op = op, .x = x, .reduced = {way & 1, way & 2}, .out = out};
          (op == CR_LOGSUMEXP ? compare : compare_summed)(what, reduction, &c, outs, 1, 0);
          drop(out);
        }
      }
      for (int op = 0; op <= CR_CUMMIN; op++) {
        if (op == CR_LOGCUMSUMEXP) continue;
        bool extremum = op == CR_CUMMAX || op == CR_CUMMIN;
        box *out = make(extremum || floating ? dtype : CR_INT64, 2, shapes[s]), *at = make(CR_INT64, 2, shapes[s]), *outs[] = {out, at};
        for (int dim = 0; dim < 2; dim++) {
          snprintf(what, sizeof what, "cumulative %d of dtype %d", op, dtype);
          compare_summed(what, cumulative, &(call){.op = op, .dim = dim, .x = x, .out = out, .out2 = extremum ? at : NULL}, outs, 2, 0);
        }
        drop(out);
        drop(at);
      }
      drop(x);
    }
}

static void softmax(void *context) {
  call *c = context;
  if (c->op == 0) cr_softmax(&c->x->t, c->dim, &c->out->t);
  if (c->op == 1) cr_log_softmax(&c->x->t, c->dim, &c->out->t);
  if (c->op == 2) cr_softmax_backward(&c->x->t, &c->w->t, c->dim, &c->out->t);
  if (c->op == 3) cr_log_softmax_backward(&c->x->t, &c->w->t, c->dim, &c->out->t);
}

typedef struct norm_call {
  box *x, *dy, *weight, *bias, *out, *mean, *rstd, *dweight, *dbias;
} norm_call;

static void norm_forward(void *context) {
  norm_call *c = context;
  cr_layer_norm(&c->x->t, &c->weight->t, &c->bias->t, 1e-5, &c->out->t, &c->mean->t, &c->rstd->t);
}
static void norm_backward(void *context) {
  norm_call *c = context;
  cr_layer_norm_backward(&c->dy->t, &c->x->t, &c->mean->t, &c->rstd->t, &c->weight->t, &c->out->t, &c->dweight->t, &c->dbias->t);
}

void check_softmax(void) {
  char what[64];
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
    for (int k = DTYPES - 2; k < DTYPES; k++) {
      cr_dtype dtype = dtypes[k];
      box *x = make(dtype, 2, shapes[s]), *w = make(dtype, 2, shapes[s]), *out = make(dtype, 2, shapes[s]), *outs[] = {out};
      randomize(x, 8, false);
      randomize(w, 1, false);
      for (int op = 0; op < 4; op++)
        for (int dim = 0; dim < 2; dim++) {
          snprintf(what, sizeof what, "softmax %d of dtype %d, shape %zu, dim %d", op, dtype, s, dim);
          // The logarithm of a long row's sum is the system library's.
          compare(what, softmax, &(call){.op = op, .dim = dim, .x = x, .w = w, .out = out}, outs, 1, 0);
        }
      int64_t rows = shapes[s][0], n = shapes[s][1];
      box *weight = make(dtype, 1, &n), *bias = make(dtype, 1, &n), *mean = make(dtype, 1, &rows), *rstd = make(dtype, 1, &rows);
      box *dweight = make(dtype, 1, &n), *dbias = make(dtype, 1, &n);
      box *all[] = {weight, bias, mean, rstd, dweight, dbias};
      randomize(weight, 2, false);
      randomize(bias, 2, false);
      norm_call c = {x, w, weight, bias, out, mean, rstd, dweight, dbias};
      snprintf(what, sizeof what, "layer norm of dtype %d, shape %zu", dtype, s);
      compare_summed(what, norm_forward, &c, (box *[]){out, mean, rstd}, 3, 0);
      compare_summed(what, norm_backward, &c, (box *[]){out, dweight, dbias}, 3, 0);
      for (int i = 0; i < 6; i++) drop(all[i]);
      drop(x);
      drop(w);
      drop(out);
    }
}
