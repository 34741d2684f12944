#include "cr_qr.h"

#include <math.h>
#include <string.h>

// a -= tau v (v' a) for the columns from..<columns of the rows from `k` on; v is column k of `a` below the diagonal, and 1 on it.
static void reflect(int64_t rows, int64_t columns, int64_t k, int64_t from, double tau, double *a, double *sums) {
  if (tau == 0) return;
  memcpy(sums, a + k * columns, (size_t)columns * sizeof(double));
  for (int64_t i = k + 1; i < rows; i++) {
    const double v = a[i * columns + k], *row = a + i * columns;
    for (int64_t j = from; j < columns; j++) sums[j] += v * row[j];
  }
  for (int64_t j = from; j < columns; j++) a[k * columns + j] -= tau * sums[j];
  for (int64_t i = k + 1; i < rows; i++) {
    double scaled = tau * a[i * columns + k], *row = a + i * columns;
    for (int64_t j = from; j < columns; j++) row[j] -= scaled * sums[j];
  }
}

// Makes column k, from the diagonal down, that of the reflection that clears it, and returns its tau; the diagonal is R's.
static double prepare(int64_t rows, int64_t columns, int64_t k, double *a) {
  double largest = 0, sum = 0, *diagonal = a + k * columns + k;
  for (int64_t i = k + 1; i < rows; i++) largest = fmax(largest, fabs(a[i * columns + k]));
  if (largest == 0) return 0;
  largest = fmax(largest, fabs(*diagonal));
  // In units of the largest element, so that no square leaves the range.
  for (int64_t i = k; i < rows; i++) sum += a[i * columns + k] / largest * (a[i * columns + k] / largest);
  double alpha = *diagonal, beta = -copysign(largest * sqrt(sum), alpha);
  for (int64_t i = k + 1; i < rows; i++) a[i * columns + k] /= alpha - beta;
  *diagonal = beta;
  return (beta - alpha) / beta;
}

void cr_qr(int64_t rows, int64_t columns, double *a, double *r, double *work) {
  double *taus = work, *sums = work + columns;
  for (int64_t k = 0; k < columns; k++) {
    taus[k] = prepare(rows, columns, k, a);
    reflect(rows, columns, k, k + 1, taus[k], a, sums);
  }
  for (int64_t i = 0; i < columns; i++)
    for (int64_t j = 0; j < columns; j++) r[i * columns + j] = j < i ? 0 : a[i * columns + j];
  // Q, the last reflection first, in place of the reflections.
  for (int64_t k = columns - 1; k >= 0; k--) {
    for (int64_t j = k + 1; j < columns; j++) a[k * columns + j] = 0;
    reflect(rows, columns, k, k + 1, taus[k], a, sums);
    for (int64_t i = k + 1; i < rows; i++) a[i * columns + k] *= -taus[k];
    a[k * columns + k] = 1 - taus[k];
  }
}
