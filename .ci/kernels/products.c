// Products, convolutions and attention: float32 within 1e-5 of the largest magnitude, float64 within 1e-13, because the portable set
// rounds a product before it adds. Products of integers: the same bits.
#include "check.h"

static double bound_of(cr_dtype dtype) { return dtype == CR_FLOAT32 ? 1e-5 : 1e-13; }

typedef struct product {
  box *a, *b, *out, *bias;
  bool relu;
} product;

static void matmul(void *context) {
  product *p = context;
  cr_epilogue epilogue = {p->bias ? p->bias->t.data : NULL, p->relu ? CR_ACTIVATION_RELU : CR_ACTIVATION_NONE};
  cr_matmul_epilogue(&p->a->t, &p->b->t, &p->out->t, 1, 0, &epilogue);
}

// [m, k] with its rows, or its columns, one behind the other.
static box *matrix(cr_dtype dtype, int64_t rows, int64_t columns, bool transposed) {
  box *b = make(dtype, 2, (const int64_t[]){rows, columns});
  randomize(b, dtype == CR_UINT8 ? 20 : 3, false);
  if (transposed) {
    b->dims[2] = 1;
    b->dims[3] = rows;
    b->t.contiguous = rows == 1 || columns == 1;
  }
  return b;
}

void check_gemm(void) {
  static const int64_t sizes[][3] = {{1, 1, 1},     {1, 300, 64},  {3, 5, 700},     {12, 32, 16}, {13, 33, 17}, {64, 64, 64},
                                     {100, 7, 300}, {7, 100, 900}, {130, 257, 65}, {4, 4, 20000}};
  static const cr_dtype dtypes[] = {CR_FLOAT32, CR_FLOAT64, CR_INT32, CR_INT64, CR_UINT8};
  char what[96];
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
    for (int k = 0; k < 5; k++)
      for (int form = 0; form < 4; form++) {
        cr_dtype dtype = dtypes[k];
        bool floating = k < 2;
        int64_t m = sizes[s][0], n = sizes[s][1], depth = sizes[s][2];
        box *a = matrix(dtype, m, depth, form & 1), *b = matrix(dtype, depth, n, form & 2);
        box *out = make(dtype, 2, (const int64_t[]){m, n}), *bias = make(dtype, 1, &n);
        randomize(bias, 3, false);
        snprintf(what, sizeof what, "%lld x %lld x %lld of dtype %d, form %d", (long long)m, (long long)depth, (long long)n, dtype, form);
        product p = {a, b, out, floating ? bias : NULL, form == 3};
        (floating ? compare : compare_summed)(what, matmul, &p, &out, 1, floating ? bound_of(dtype) : 0);
        drop(a);
        drop(b);
        drop(out);
        drop(bias);
      }
}

typedef struct conv_call {
  cr_conv conv;
  cr_dtype dtype;
  int way;
  box *x, *w, *y, *bias;
  bool ok;
} conv_call;

static void conv(void *context) {
  conv_call *c = context;
  void *x = c->x->t.data, *w = c->w->t.data, *y = c->y->t.data;
  if (c->way == 0) c->ok &= cr_conv_forward(c->dtype, &c->conv, x, w, c->bias->t.data, y);
  if (c->way == 1) c->ok &= cr_conv_transposed(c->dtype, &c->conv, y, w, NULL, x);
  if (c->way == 2) c->ok &= cr_conv_weight(c->dtype, &c->conv, x, y, w);
}

void check_conv(void) {
  // batch, groups, channels, filters, size, kernel, stride, padding, dilation of both sides of an image
  static const int64_t forms[][9] = {{2, 1, 3, 8, 12, 3, 1, 1, 1}, {1, 1, 16, 16, 28, 3, 1, 1, 1}, {2, 1, 16, 32, 16, 3, 1, 1, 1},
                                     {3, 2, 8, 12, 11, 3, 2, 1, 1}, {1, 1, 5, 7, 17, 5, 2, 2, 1}, {2, 1, 6, 4, 15, 3, 1, 2, 2},
                                     {4, 1, 32, 10, 8, 1, 1, 0, 1}, {1, 4, 4, 8, 9, 3, 1, 1, 1}};
  char what[64];
  for (size_t s = 0; s < sizeof forms / sizeof forms[0]; s++)
    for (int wide = 0; wide < 2; wide++) {
      const int64_t *f = forms[s];
      cr_dtype dtype = wide ? CR_FLOAT64 : CR_FLOAT32;
      int64_t small = (f[4] + 2 * f[7] - f[8] * (f[5] - 1) - 1) / f[6] + 1;
      conv_call c = {.conv = {f[0], f[1], f[2], f[3], {1, f[4], f[4]}, {1, small, small}, {1, f[5], f[5]}, {1, f[6], f[6]}, {0, f[7], f[7]},
                              {1, f[8], f[8]}},
                     .dtype = dtype, .ok = true};
      c.x = make(dtype, 4, (const int64_t[]){f[0], f[2], f[4], f[4]});
      c.w = make(dtype, 4, (const int64_t[]){f[3], f[2] / f[1], f[5], f[5]});
      c.y = make(dtype, 4, (const int64_t[]){f[0], f[3], small, small});
      c.bias = make(dtype, 1, &f[3]);
      randomize(c.x, 2, false);
      randomize(c.w, 2, false);
      randomize(c.bias, 2, false);
      box *outs[] = {c.y, c.x, c.w};
      for (c.way = 0; c.way < 3; c.way++) {
        snprintf(what, sizeof what, "convolution %zu, way %d, dtype %d%s", s, c.way, dtype, c.ok ? "" : ", refused memory");
        compare(what, conv, &c, &outs[c.way], 1, bound_of(dtype));
      }
      drop(c.x);
      drop(c.w);
      drop(c.y);
      drop(c.bias);
    }
}

typedef struct attention_call {
  cr_attention g;
  cr_dtype dtype;
  box *q, *k, *v, *out, *sums, *dy, *dq, *dk, *dv;
} attention_call;

static void attention_forward(void *context) {
  attention_call *c = context;
  cr_attention_forward(c->dtype, &c->g, c->q->t.data, c->k->t.data, c->v->t.data, c->out->t.data, c->sums->t.data);
}
static void attention_backward(void *context) {
  attention_call *c = context;
  cr_attention_backward(c->dtype, &c->g, c->dy->t.data, c->q->t.data, c->k->t.data, c->v->t.data, c->out->t.data, c->sums->t.data,
                        c->dq->t.data, c->dk->t.data, c->dv->t.data);
}

void check_attention(void) {
  for (int wide = 0; wide < 2; wide++)
    for (int causal = 0; causal < 2; causal++)
      for (int64_t n = 5; n < 100; n += 47) {
        cr_dtype dtype = wide ? CR_FLOAT64 : CR_FLOAT32;
        const int64_t size[] = {3, n, 16}, row[] = {3, n};
        attention_call c = {.g = {3, n, n, 16, 16, 1, 16, 16, 16, 0.25, causal}, .dtype = dtype};
        box **all[] = {&c.q, &c.k, &c.v, &c.out, &c.dy, &c.dq, &c.dk, &c.dv};
        for (int i = 0; i < 8; i++) randomize(*all[i] = make(dtype, 3, size), 2, false);
        c.sums = make(dtype, 2, row);
        compare(causal ? "causal attention" : "attention", attention_forward, &c, (box *[]){c.out, c.sums}, 2, bound_of(dtype));
        compare("attention backward", attention_backward, &c, (box *[]){c.dq, c.dk, c.dv}, 3, bound_of(dtype));
        for (int i = 0; i < 8; i++) drop(*all[i]);
        drop(c.sums);
      }
}

typedef struct recurrent_call {
  cr_recurrent g;
  cr_dtype dtype;
  box *x, *h0, *c0, *w_in, *w, *bias, *projection, *h, *c, *gates, *whole, *dh, *dx, *dh0, *dc0, *dw_in, *dw, *dbias, *dprojection;
} recurrent_call;

static cr_recurrent_operands operands_of(const recurrent_call *c) {
  return (cr_recurrent_operands){c->x->t.data, c->h0->t.data, c->c0->t.data, c->w_in->t.data, c->w->t.data, c->bias->t.data,
                                 c->g.outputs == c->g.units ? NULL : c->projection->t.data};
}
static cr_recurrent_results results_of(const recurrent_call *c) {
  bool is_long = c->g.kind == CR_LSTM;
  return (cr_recurrent_results){c->h->t.data, is_long ? c->c->t.data : NULL, is_long || c->g.kind == CR_GRU ? c->gates->t.data : NULL,
                                c->whole->t.data};
}
static void recurrent_forward(void *context) {
  recurrent_call *c = context;
  cr_recurrent_operands from = operands_of(c);
  cr_recurrent_results to = results_of(c);
  cr_recurrent_forward(c->dtype, &c->g, &from, &to);
}
static void recurrent_backward(void *context) {
  recurrent_call *c = context;
  cr_recurrent_operands from = operands_of(c);
  cr_recurrent_results results = results_of(c);
  cr_recurrent_gradients to = {c->dx->t.data, c->dh0->t.data, c->dc0->t.data, c->dw_in->t.data, c->dw->t.data, c->dbias->t.data,
                               c->dprojection->t.data};
  cr_recurrent_backward(c->dtype, &c->g, &from, c->dh->t.data, NULL, &results, &to);
}

static void check_recurrent_kind(cr_recurrent_kind kind, cr_dtype dtype, bool reversed, int64_t outputs) {
  enum { STEPS = 9, BATCH = 5, INPUTS = 7, UNITS = 37 };
  recurrent_call c = {.g = {kind, STEPS, BATCH, INPUTS, UNITS, outputs, reversed}, .dtype = dtype};
  int64_t rows = cr_recurrent_gates(kind) * UNITS, kept = cr_recurrent_blocks(kind) * UNITS;
  const int64_t x[] = {STEPS, BATCH, INPUTS}, h0[] = {BATCH, outputs}, c0[] = {BATCH, UNITS}, w_in[] = {rows, INPUTS};
  const int64_t w[] = {rows, outputs}, bias[] = {kept}, projection[] = {outputs, UNITS}, h[] = {STEPS, BATCH, outputs};
  const int64_t cells[] = {STEPS, BATCH, UNITS}, gates[] = {STEPS, BATCH, kept};
  struct {
    box **to;
    int rank;
    const int64_t *sizes;
  } all[] = {{&c.x, 3, x},       {&c.h0, 2, h0},   {&c.c0, 2, c0},       {&c.w_in, 2, w_in},   {&c.w, 2, w},
             {&c.bias, 1, bias}, {&c.projection, 2, projection},         {&c.h, 3, h},         {&c.c, 3, cells},
             {&c.gates, 3, gates}, {&c.whole, 3, cells},                 {&c.dh, 3, h},        {&c.dx, 3, x},
             {&c.dh0, 2, h0},    {&c.dc0, 2, c0},  {&c.dw_in, 2, w_in},  {&c.dw, 2, w},        {&c.dbias, 1, bias},
             {&c.dprojection, 2, projection}};
  enum { COUNT = sizeof all / sizeof all[0] };
  for (int i = 0; i < COUNT; i++) randomize(*all[i].to = make(dtype, all[i].rank, all[i].sizes), 0.5, false);
  compare("recurrent", recurrent_forward, &c, (box *[]){c.h, c.c, c.gates, c.whole}, 4, bound_of(dtype));
  compare("recurrent backward", recurrent_backward, &c, (box *[]){c.dx, c.dh0, c.dc0, c.dw_in, c.dw, c.dbias, c.dprojection}, 7,
          bound_of(dtype));
  for (int i = 0; i < COUNT; i++) drop(*all[i].to);
}

void check_recurrent(void) {
  for (int wide = 0; wide < 2; wide++)
    for (int reversed = 0; reversed < 2; reversed++) {
      cr_dtype dtype = wide ? CR_FLOAT64 : CR_FLOAT32;
      for (int kind = CR_RNN_TANH; kind <= CR_LSTM; kind++) check_recurrent_kind((cr_recurrent_kind)kind, dtype, reversed, 37);
      check_recurrent_kind(CR_LSTM, dtype, reversed, 11);
    }
}
