// Row arithmetic the softmax family of long rows is composed of: each call is one vectorised pass over a row that stays in L1, so they
// need no source per instruction set of their own.
#ifndef SOFTMAX_ROWS_H
#define SOFTMAX_ROWS_H

#include "elementwise/table.h"
#include "reduce/pack.h"

typedef struct cr_row_ops {
  cr_dtype dtype;
  int64_t width;
  cr_binary_row add, sub, mul;
  cr_unary_row exp;
  const cr_reducer *sum, *largest;
} cr_row_ops;

static inline cr_row_ops cr_row_ops_for(cr_dtype dtype) {
  const cr_elementwise_table *t = cr_kernels.elementwise;
  const cr_reduce_table *r = cr_kernels.reduce;
  return (cr_row_ops){
    .dtype = dtype,
    .width = (int64_t)cr_dtype_size(dtype),
    .add = t->binary[CR_ADD][dtype],
    .sub = t->binary[CR_SUB][dtype],
    .mul = t->binary[CR_MUL][dtype],
    .exp = t->unary[CR_EXP][dtype],
    .sum = &r->reducers[CR_SUM][dtype],
    .largest = &r->reducers[CR_AMAX][dtype],
  };
}

static inline double cr_load(const cr_row_ops *o, const void *p, int64_t i) {
  return o->dtype == CR_FLOAT32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}
static inline void cr_store(const cr_row_ops *o, void *p, int64_t i, double v) {
  if (o->dtype == CR_FLOAT32) ((float *)p)[i] = (float)v;
  else ((double *)p)[i] = v;
}
static inline double cr_row_reduce(const cr_row_ops *o, const cr_reducer *r, const void *x, int64_t n) {
  double result = 0;
  r->run(x, n, &result);
  return cr_load(o, &result, 0);
}
// out = x op s.
static inline void cr_row_scalar(const cr_row_ops *o, cr_binary_row op, const void *x, double s, void *out, int64_t n) {
  double scalar = 0;
  cr_store(o, &scalar, 0, s);
  op(x, &scalar, out, n, CR_RIGHT_SCALAR);
}

#endif
