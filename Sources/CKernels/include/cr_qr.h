// The QR factorisation of a matrix by Householder's reflections (Golub and Van Loan, Matrix Computations, 5.2), float64.
#ifndef CR_QR_H
#define CR_QR_H

#include <stdint.h>

// `a` [rows, columns], row by row, with rows >= columns: on the way out its orthonormal columns Q. `r` [columns, columns]: the upper
// triangle. `work` has room for 2 columns. The signs are those of LAPACK: the diagonal of R has that opposite to what it reflects.
void cr_qr(int64_t rows, int64_t columns, double *a, double *r, double *work);

#endif
