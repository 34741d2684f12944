// Pooling, batch normalisation, optimizers, indexing and random numbers: the same bits under every set.
#include "check.h"

#include <string.h>

typedef struct pool_call {
  cr_windows g;
  cr_dtype dtype;
  int way;
  box *x, *y, *at;
} pool_call;

static void pool(void *context) {
  pool_call *c = context;
  if (c->way == 0) cr_max_pool(c->dtype, &c->g, c->x->t.data, c->y->t.data, c->at->t.data);
  if (c->way == 1) cr_max_pool_backward(c->dtype, &c->g, c->y->t.data, c->at->t.data, c->x->t.data);
  if (c->way == 2) cr_mean_pool(c->dtype, &c->g, c->x->t.data, c->y->t.data);
  if (c->way == 3) cr_mean_pool_transposed(c->dtype, &c->g, c->y->t.data, c->x->t.data);
}

void check_pooling(void) {
  enum { PLANES = 5, SIZE = 15, OUT = 7 };
  for (int kernel = 2; kernel < 4; kernel++)
    for (int wide = 0; wide < 2; wide++) {
      cr_dtype dtype = wide ? CR_FLOAT64 : CR_FLOAT32;
      int64_t start[OUT], last[OUT], divisor[OUT], none = 0, one = 1;
      for (int o = 0; o < OUT; o++) {
        start[o] = 2 * o;
        last[o] = start[o] + kernel < SIZE ? start[o] + kernel : SIZE;
        divisor[o] = last[o] - start[o];
      }
      pool_call c = {.g = {PLANES, {1, SIZE, SIZE}, {1, OUT, OUT}, {1, 1, 1}, {&none, start, start}, {&one, last, last},
                        {&one, divisor, divisor}, 0}, .dtype = dtype};
      c.x = make(dtype, 3, (const int64_t[]){PLANES, SIZE, SIZE});
      c.y = make(dtype, 3, (const int64_t[]){PLANES, OUT, OUT});
      c.at = make(CR_INT64, 3, (const int64_t[]){PLANES, OUT, OUT});
      randomize(c.x, 2, false);
      compare_summed("max pool", pool, &c, (box *[]){c.y, c.at}, 2, 0);
      for (c.way = 1; c.way < 4; c.way++) compare_summed("pool", pool, &c, (box *[]){c.way == 2 ? c.y : c.x}, 1, 0);
      drop(c.x);
      drop(c.y);
      drop(c.at);
    }
}

typedef struct norm_call {
  cr_batch_norm g;
  cr_dtype dtype;
  box *x, *y, *dx, *weight, *bias, *mean, *variance, *dweight, *dbias;
} norm_call;

static void norm_forward(void *context) {
  norm_call *c = context;
  cr_batch_norm_forward(c->dtype, &c->g, c->x->t.data, c->weight->t.data, c->bias->t.data, c->y->t.data, c->mean->t.data,
                        c->variance->t.data);
}
static void norm_backward(void *context) {
  norm_call *c = context;
  cr_batch_norm_backward(c->dtype, &c->g, c->y->t.data, c->x->t.data, c->mean->t.data, c->variance->t.data, c->weight->t.data,
                         c->dx->t.data, c->dweight->t.data, c->dbias->t.data);
}

void check_batch_norm(void) {
  for (int64_t inner = 1; inner < 300; inner = inner * 16 + 1)
    for (int wide = 0; wide < 2; wide++) {
      cr_dtype dtype = wide ? CR_FLOAT64 : CR_FLOAT32;
      const int64_t size[] = {9, 13, inner}, channels = 13;
      norm_call c = {.g = {9, 13, inner, 1e-5}, .dtype = dtype};
      box **large[] = {&c.x, &c.y, &c.dx}, **small[] = {&c.weight, &c.bias, &c.mean, &c.variance, &c.dweight, &c.dbias};
      for (int i = 0; i < 3; i++) randomize(*large[i] = make(dtype, 3, size), 2, false);
      for (int i = 0; i < 6; i++) randomize(*small[i] = make(dtype, 1, &channels), 2, false);
      compare_summed("batch norm", norm_forward, &c, (box *[]){c.y, c.mean, c.variance}, 3, 0);
      compare_summed("batch norm backward", norm_backward, &c, (box *[]){c.dx, c.dweight, c.dbias}, 3, 0);
      for (int i = 0; i < 3; i++) drop(*large[i]);
      for (int i = 0; i < 6; i++) drop(*small[i]);
    }
}

typedef struct step_call {
  cr_dtype dtype;
  int kind;
  int64_t n;
  box *p, *g, *a, *b, *c;
} step_call;

static void step(void *context) {
  step_call *c = context;
  void *p = c->p->t.data, *g = c->g->t.data, *s[CR_OPTIMIZER_BUFFERS] = {c->a->t.data, c->b->t.data, c->c->t.data};
  switch (c->kind) {
    case 0: cr_sgd_step(&(cr_sgd){0.1, 0.9, 0.1, 0.01, true, false, false}, c->dtype, c->n, p, g, s); break;
    case 1: cr_adam_step(&(cr_adam){0.9, 0.99, 1e-8, 0.01, 0.999, 0.01, 0.1, false}, c->dtype, c->n, p, g, s); break;
    case 2: cr_rmsprop_step(&(cr_rmsprop){0.1, 0.9, 1e-8, 0.01, 0.9, false}, c->dtype, c->n, p, g, s); break;
    case 3: cr_adagrad_step(&(cr_adagrad){0.1, 1e-8, 0.01, false}, c->dtype, c->n, p, g, s); break;
    case 4: cr_adadelta_step(&(cr_adadelta){0.1, 0.9, 1e-6, 0.01, false}, c->dtype, c->n, p, g, s); break;
    case 5: cr_adamax_step(&(cr_adamax){0.9, 0.99, 1e-8, 0.01, 0.1, false}, c->dtype, c->n, p, g, s); break;
    case 6: cr_nadam_step(&(cr_nadam){0.9, 0.99, 1e-8, 0.01, 0.999, 0.1, -0.01, -0.02, false}, c->dtype, c->n, p, g, s); break;
    case 7: cr_radam_step(&(cr_radam){0.1, 0.9, 0.99, 1e-8, 0.01, 0.999, 0.1, 0.2, 0.3, true, false}, c->dtype, c->n, p, g, s); break;
    case 8: cr_asgd_step(&(cr_asgd){0.1, 0.5, 0.99, 0.01, false}, c->dtype, c->n, p, g, s); break;
    case 9: cr_rprop_step(&(cr_rprop){0.5, 1.2, 1e-6, 50, false}, c->dtype, c->n, p, g, s); break;
  }
}

void check_optimizers(void) {
  for (int kind = 0; kind < 10; kind++)
    for (int wide = 0; wide < 2; wide++)
      for (int64_t n = 1; n < 2000; n = n * 9 + 4) {
        step_call c = {.dtype = wide ? CR_FLOAT64 : CR_FLOAT32, .kind = kind, .n = n};
        box **all[] = {&c.p, &c.g, &c.a, &c.b, &c.c};
        for (int i = 0; i < 5; i++) randomize(*all[i] = make(c.dtype, 1, &n), 0.5, false);
        // Averages of squares are not negative, and no average exceeds their root.
        for (int64_t i = 0; i < n; i++) {
          if (wide) ((double *)c.a->t.data)[i] = 0.3 + (double)i / (double)(8 * n), ((double *)c.b->t.data)[i] *= 0.5;
          else ((float *)c.a->t.data)[i] = 0.3f + (float)i / (float)(8 * n), ((float *)c.b->t.data)[i] *= 0.5f;
        }
        // Both of these are averages of squares.
        if (kind == 4) memcpy(c.b->t.data, c.a->t.data, (size_t)n * (wide ? 8 : 4));
        if (kind == 1 || (kind >= 5 && kind <= 7) || kind == 9) {
          box *swap = c.a;
          c.a = c.b;
          c.b = swap;
        }
        compare_summed("optimizer", step, &c, (box *[]){c.p, c.a, c.b, c.c}, 4, 0);
        for (int i = 0; i < 5; i++) drop(*all[i]);
      }
}

typedef struct index_call {
  box *x, *index, *out, *at;
  int way;
} index_call;

static void by_index(void *context) {
  index_call *c = context;
  if (c->way == 0) cr_gather(&c->x->t, 1, &c->index->t, &c->out->t);
  if (c->way == 1) cr_scatter_add(&c->out->t, 1, &c->index->t, &c->x->t);
  if (c->way == 2) cr_sort(&c->x->t, 1, false, &c->out->t, &c->at->t);
}

void check_indexing(void) {
  static const cr_dtype dtypes[] = {CR_UINT8, CR_INT32, CR_INT64, CR_FLOAT32, CR_FLOAT64};
  const int64_t size[] = {17, 29};
  for (int k = 0; k < 5; k++) {
    index_call c = {make(dtypes[k], 2, size), make(CR_INT64, 2, size), make(dtypes[k], 2, size), make(CR_INT64, 2, size), 0};
    randomize(c.x, 40, true);
    for (int64_t i = 0; i < c.index->t.count; i++) ((int64_t *)c.index->t.data)[i] = (int64_t)(draw() % 29);
    for (c.way = 0; c.way < 3; c.way++) compare_summed("indexing", by_index, &c, (box *[]){c.out, c.at}, 2, 0);
    drop(c.x);
    drop(c.index);
    drop(c.out);
    drop(c.at);
  }
}

static void random_fill(void *context) {
  index_call *c = context;
  cr_mt19937 g;
  cr_random_seed(&g, 7);
  cr_random_uniform_f32(&g, c->x->t.data, c->x->t.count, -1, 1);
  cr_random_uniform_f64(&g, c->out->t.data, c->out->t.count, -1, 1);
  cr_random_permutation(&g, c->at->t.data, c->at->t.count);
  cr_random_integers(&g, CR_INT64, c->index->t.data, c->index->t.count, -1000, 1000);
}

void check_random(void) {
  const int64_t n = 1001;
  index_call c = {make(CR_FLOAT32, 1, &n), make(CR_INT64, 1, &n), make(CR_FLOAT64, 1, &n), make(CR_INT64, 1, &n), 0};
  compare_summed("random", random_fill, &c, (box *[]){c.x, c.index, c.out, c.at}, 4, 0);
  drop(c.x);
  drop(c.index);
  drop(c.out);
  drop(c.at);
}
