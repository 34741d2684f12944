// The kernels of the softmax family and of layer normalisation for one instruction set.
#ifndef SOFTMAX_TABLE_H
#define SOFTMAX_TABLE_H

#include "cr_softmax.h"
#include "elementwise/table.h"

// Column c of up to CR_ROWS_ABREAST: n elements of a (and b), each its stride apart, to n elements of out; out may be an input. logsumexp
// writes one element a column.
typedef void (*cr_columns)(const void *a, int64_t a_stride, const void *b, int64_t b_stride, void *out, int64_t out_stride, int64_t n,
                           int64_t lanes);

// One row of a norm: the element less `mean`, times `rstd`. weight and bias may be NULL.
typedef struct cr_norm_row {
  const void *x, *dy, *weight, *bias;
  double mean, rstd;
  int64_t n;
} cr_norm_row;

typedef struct cr_softmax_table {
  cr_columns softmax[CR_DTYPES], log_softmax[CR_DTYPES], softmax_backward[CR_DTYPES], log_softmax_backward[CR_DTYPES];
  cr_columns logsumexp[CR_DTYPES];
  double (*norm_squares[CR_DTYPES])(const cr_norm_row *row);               // sum of (x - mean)^2
  void (*norm_forward[CR_DTYPES])(const cr_norm_row *row, void *out);
  // With h = (x - mean)*rstd and g = dy*weight: sums[0] = sum of g, sums[1] = sum of g*h.
  void (*norm_sums[CR_DTYPES])(const cr_norm_row *row, double *sums);
  void (*norm_backward[CR_DTYPES])(const cr_norm_row *row, const double *sums, void *out);
  void (*norm_parameters[CR_DTYPES])(const cr_norm_row *row, void *dweight, void *dbias);  // adds dy*h and dy; either may be NULL
} cr_softmax_table;

#endif
