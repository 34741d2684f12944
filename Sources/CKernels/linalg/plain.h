// The plain methods, one matrix each, and LAPACK's under the same signatures. Row-major.
#ifndef LINALG_PLAIN_H
#define LINALG_PLAIN_H

#include "cr_linalg.h"

int32_t plain_lu(double *a, int32_t *pivots, int64_t m, int64_t n);
int32_t plain_cholesky(double *a, int64_t n);
void plain_triangular(const double *a, double *b, int64_t n, int64_t k, bool upper, bool unit);
int32_t plain_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns);
int32_t plain_eigh(const double *a, double *w, double *v, int64_t n);
int32_t plain_svd(const double *a, double *u, double *s, double *vh, int64_t m, int64_t n, bool full);

int32_t lapack_lu(double *a, int32_t *pivots, int64_t m, int64_t n);
int32_t lapack_cholesky(double *a, int64_t n);
int32_t lapack_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns);
int32_t lapack_eigh(const double *a, double *w, double *v, int64_t n);
int32_t lapack_svd(const double *a, double *u, double *s, double *vh, int64_t m, int64_t n, bool full);

#endif
