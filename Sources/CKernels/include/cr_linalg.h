// Factorizations of batches of matrices: float64, row-major, each matrix right behind the one before. Matrices with more than 64 rows and
// columns go to LAPACK, which is looked for when it is first wanted; the others are done here, by the plain methods.
#ifndef CR_LINALG_H
#define CR_LINALG_H

#include <stdbool.h>
#include <stdint.h>

enum { CR_PLAIN_SIZE = 64 };

// Whether a LAPACK was found: the library that CHAINRULE_LAPACK names, else the usual ones.
bool cr_has_lapack(void);

// Every call fills `info` with a number for each matrix: 0, or what LAPACK's would be; CR_NO_MEMORY where there was none left.
enum { CR_NO_MEMORY = -1000 };

// a = P L U in place, L below the diagonal, which is 1 there; pivots[i] counted from 1 was exchanged with row i. `info`: the first zero on
// the diagonal of U, counted from 1.
void cr_linalg_lu(double *a, int32_t *pivots, int32_t *info, int64_t batch, int64_t m, int64_t n);
// a = L L' in place, from the lower triangle, zeros above. `info`: the order of the first minor that is not positive.
void cr_linalg_cholesky(double *a, int32_t *info, int64_t batch, int64_t n);
// a x = b in place of b, [n, k], for a triangle of a.
void cr_linalg_triangular(const double *a, double *b, int64_t batch, int64_t n, int64_t k, bool upper, bool unit);
// a = q r: q is [m, columns], r [columns, n]; columns is m, or the smaller of m and n.
void cr_linalg_qr(const double *a, double *q, double *r, int32_t *info, int64_t batch, int64_t m, int64_t n, int64_t columns);
// The same of one matrix by the plain method, whatever its size; returns what `info` would hold.
int32_t cr_householder_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns);
// a symmetric: its eigenvalues, rising, and eigenvectors as columns of v.
void cr_linalg_eigh(const double *a, double *w, double *v, int32_t *info, int64_t batch, int64_t n);
// a = u diag(s) vh with s falling; u is [m, m] and vh [n, n] where full, else [m, k] and [k, n] for the smaller k.
void cr_linalg_svd(const double *a, double *u, double *s, double *vh, int32_t *info, int64_t batch, int64_t m, int64_t n, bool full);

#endif
