// The softmax family and layer normalisation, float32 and float64. Outputs are contiguous; inputs that are not are packed first.
#ifndef CR_SOFTMAX_H
#define CR_SOFTMAX_H

#include "cr_tensor.h"

void cr_softmax(const cr_tensor *x, int dim, cr_tensor *out);
void cr_log_softmax(const cr_tensor *x, int dim, cr_tensor *out);
void cr_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out);      // y*(dy - sum(dy*y))
void cr_log_softmax_backward(const cr_tensor *dy, const cr_tensor *y, int dim, cr_tensor *out);  // dy - exp(y)*sum(dy)

// x is seen as [rows, n] with n the count of weight/bias, or x.count / mean.count. mean and rstd have `rows` elements.
void cr_layer_norm(const cr_tensor *x, const cr_tensor *weight, const cr_tensor *bias, double eps, cr_tensor *out,
                   cr_tensor *mean, cr_tensor *rstd);
void cr_layer_norm_backward(const cr_tensor *dy, const cr_tensor *x, const cr_tensor *mean, const cr_tensor *rstd,
                            const cr_tensor *weight, cr_tensor *dx, cr_tensor *dweight, cr_tensor *dbias);

#endif
