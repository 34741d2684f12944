// Gauss with partial pivoting, Cholesky, Householder's reflections, and Jacobi's rotations (Golub and Van Loan, "Matrix Computations").
#include "linalg/plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t plain_lu(double *a, int32_t *pivots, int64_t m, int64_t n) {
  int32_t info = 0;
  for (int64_t k = 0; k < m && k < n; k++) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < m; i++)
      if (fabs(a[i * n + k]) > fabs(a[pivot * n + k])) pivot = i;
    pivots[k] = (int32_t)(pivot + 1);
    if (a[pivot * n + k] == 0) {
      if (info == 0) info = (int32_t)(k + 1);
      continue;
    }
    if (pivot != k)
      for (int64_t j = 0; j < n; j++) {
        double held = a[k * n + j];
        a[k * n + j] = a[pivot * n + j];
        a[pivot * n + j] = held;
      }
    for (int64_t i = k + 1; i < m; i++) {
      double factor = a[i * n + k] /= a[k * n + k];
      for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return info;
}

int32_t plain_cholesky(double *a, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j <= i; j++) {
      double sum = a[i * n + j];
      for (int64_t k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i > j) a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0) a[i * n + i] = sqrt(sum);
      else return (int32_t)(i + 1);
    }
    for (int64_t j = i + 1; j < n; j++) a[i * n + j] = 0;
  }
  return 0;
}

void plain_triangular(const double *a, double *b, int64_t n, int64_t k, bool upper, bool unit) {
  for (int64_t step = 0; step < n; step++) {
    int64_t i = upper ? n - 1 - step : step;
    int64_t from = upper ? i + 1 : 0, to = upper ? n : i;
    for (int64_t j = from; j < to; j++)
      for (int64_t c = 0; c < k; c++) b[i * k + c] -= a[i * n + j] * b[j * k + c];
    if (!unit)
      for (int64_t c = 0; c < k; c++) b[i * k + c] /= a[i * n + i];
  }
}

// x - tau v (v' x) for columns from..<n of the rows k..<m of x; v is column k of h below its first element, which is 1.
static void reflect(const double *h, int64_t width, double tau, double *x, int64_t m, int64_t n, int64_t k, int64_t from) {
  if (tau == 0) return;
  for (int64_t j = from; j < n; j++) {
    double sum = x[k * n + j];
    for (int64_t i = k + 1; i < m; i++) sum += h[i * width + k] * x[i * n + j];
    sum *= tau;
    x[k * n + j] -= sum;
    for (int64_t i = k + 1; i < m; i++) x[i * n + j] -= sum * h[i * width + k];
  }
}

int32_t plain_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns) {
  int64_t k = m < n ? m : n;
  double *h = malloc((size_t)(m * n + k + 1) * sizeof(double)), *tau = h + m * n;
  if (!h) return CR_NO_MEMORY;
  memcpy(h, a, (size_t)(m * n) * sizeof(double));
  for (int64_t i = 0; i < k; i++) {
    double length = 0, first = h[i * n + i];
    for (int64_t row = i + 1; row < m; row++) length = hypot(length, h[row * n + i]);
    tau[i] = 0;
    if (length == 0) continue;
    // The sign that does not cancel; LAPACK's, so that the signs of q and r are too.
    double diagonal = -copysign(hypot(first, length), first);
    tau[i] = (diagonal - first) / diagonal;
    for (int64_t row = i + 1; row < m; row++) h[row * n + i] /= first - diagonal;
    reflect(h, n, tau[i], h, m, n, i, i + 1);
    h[i * n + i] = diagonal;
  }
  for (int64_t i = 0; i < columns; i++)
    for (int64_t j = 0; j < n; j++) r[i * n + j] = j >= i && i < m ? h[i * n + j] : 0;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < columns; j++) q[i * columns + j] = i == j;
  for (int64_t i = k - 1; i >= 0; i--) reflect(h, n, tau[i], q, m, columns, i, 0);
  free(h);
  return 0;
}

// Turns two lines of `count` elements, `step` apart, by the angle with this cosine and sine.
static void rotate(double *x, double *y, int64_t count, int64_t step, double c, double s) {
  for (int64_t i = 0; i < count * step; i += step) {
    double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

// The rotation that makes [[a, g], [g, b]] diagonal.
static void angle(double a, double b, double g, double *c, double *s) {
  double zeta = (b - a) / (2 * g), t = copysign(1, zeta) / (fabs(zeta) + hypot(1, zeta));
  *c = 1 / hypot(1, t);
  *s = *c * t;
}

// The places of `n` numbers in order.
static void order(const double *x, int64_t *places, int64_t n, bool falling) {
  for (int64_t i = 0; i < n; i++) {
    int64_t j = i;
    for (; j > 0 && (falling ? x[places[j - 1]] < x[i] : x[places[j - 1]] > x[i]); j--) places[j] = places[j - 1];
    places[j] = i;
  }
}

enum { MOST_SWEEPS = 60 };

int32_t plain_eigh(const double *a, double *w, double *v, int64_t n) {
  double *x = malloc((size_t)(2 * n * n + n + 1) * sizeof(double));
  int64_t *places = malloc((size_t)(n + 1) * sizeof(int64_t));
  int32_t info = x && places ? 1 : CR_NO_MEMORY;
  if (info == 1) {
    double *rows = x + n * n, *values = rows + n * n, size = 0;
    for (int64_t i = 0; i < n * n; i++) {
      x[i] = a[i];
      rows[i] = i % (n + 1) == 0;
      size = hypot(size, a[i]);
    }
    for (int sweep = 0; sweep < MOST_SWEEPS && info; sweep++) {
      info = 0;
      for (int64_t p = 0; p < n; p++)
        for (int64_t q = p + 1; q < n; q++) {
          if (!(fabs(x[p * n + q]) > 1e-18 * size)) continue;
          info = 1;
          double c, s;
          angle(x[p * n + p], x[q * n + q], x[p * n + q], &c, &s);
          rotate(x + p, x + q, n, n, c, s);
          rotate(x + p * n, x + q * n, n, 1, c, s);
          x[p * n + q] = x[q * n + p] = 0;
          rotate(rows + p * n, rows + q * n, n, 1, c, s);
        }
    }
    for (int64_t i = 0; i < n; i++) values[i] = x[i * n + i];
    order(values, places, n, false);
    for (int64_t i = 0; i < n; i++) {
      w[i] = values[places[i]];
      for (int64_t j = 0; j < n; j++) v[j * n + i] = rows[places[i] * n + j];
    }
  }
  free(x);
  free(places);
  return info;
}

// The last columns of `u`, [m, columns], so that all are orthonormal; the first `known` are.
static int32_t complete(double *u, int64_t m, int64_t known, int64_t columns) {
  if (known == columns) return 0;
  double *first = malloc((size_t)(m * known + m * m + known * known + m * known + 1) * sizeof(double));
  if (!first) return CR_NO_MEMORY;
  double *q = first + m * known, *r = q + m * m;
  for (int64_t i = 0; i < m; i++) memcpy(first + i * known, u + i * columns, (size_t)known * sizeof(double));
  int32_t info = plain_qr(first, q, r, m, known, m);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = known; j < columns; j++) u[i * columns + j] = q[i * m + j];
  free(first);
  return info;
}

// For m >= n, on the columns of a as rows of `x`: they are turned until they are at right angles (Hestenes 1958).
static int32_t turned(double *x, double *turns, int64_t m, int64_t n) {
  for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    bool isDone = true;
    for (int64_t p = 0; p < n; p++)
      for (int64_t q = p + 1; q < n; q++) {
        double a = 0, b = 0, g = 0;
        for (int64_t i = 0; i < m; i++) {
          a += x[p * m + i] * x[p * m + i];
          b += x[q * m + i] * x[q * m + i];
          g += x[p * m + i] * x[q * m + i];
        }
        if (!(fabs(g) > 1e-16 * sqrt(a) * sqrt(b)) || g == 0) continue;
        isDone = false;
        double c, s;
        angle(a, b, g, &c, &s);
        rotate(x + p * m, x + q * m, m, 1, c, s);
        rotate(turns + p * n, turns + q * n, n, 1, c, s);
      }
    if (isDone) return 0;
  }
  return 1;
}

// For m >= n: u is [m, columns of u], vt [n, n].
static int32_t tall_svd(const double *a, bool turnedOver, double *u, double *s, double *vt, int64_t m, int64_t n, int64_t columns) {
  double *x = malloc((size_t)(m * n + n * n + n + 1) * sizeof(double)), largest = 0;
  int64_t *places = malloc((size_t)(n + 1) * sizeof(int64_t));
  int32_t info = x && places ? 0 : CR_NO_MEMORY;
  if (info == 0) {
    double *turns = x + m * n, *lengths = turns + n * n;
    for (int64_t i = 0; i < m * n; i++)
      if (fabs(a[i]) > largest) largest = fabs(a[i]);
    // Over the largest element, so that no square leaves the range.
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) x[j * m + i] = largest > 0 ? (turnedOver ? a[j * m + i] : a[i * n + j]) / largest : 0;
    for (int64_t i = 0; i < n * n; i++) turns[i] = i % (n + 1) == 0;
    info = turned(x, turns, m, n);
    for (int64_t j = 0; j < n; j++) {
      lengths[j] = 0;
      for (int64_t i = 0; i < m; i++) lengths[j] = hypot(lengths[j], x[j * m + i]);
    }
    order(lengths, places, n, true);
    int64_t known = 0;
    for (int64_t j = 0; j < n; j++) {
      int64_t from = places[j];
      s[j] = lengths[from] * largest;
      memcpy(vt + j * n, turns + from * n, (size_t)n * sizeof(double));
      // A column that is no longer than rounding has no direction of its own.
      if (known < j || !(lengths[from] > 1e-300)) continue;
      known++;
      for (int64_t i = 0; i < m; i++) u[i * columns + j] = x[from * m + i] / lengths[from];
    }
    if (info == 0) info = complete(u, m, known, columns);
  }
  free(x);
  free(places);
  return info;
}

static void transpose(const double *a, double *out, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
}

int32_t plain_svd(const double *a, double *u, double *s, double *vh, int64_t m, int64_t n, bool full) {
  int64_t least = m < n ? m : n, most = m < n ? n : m, columns = full ? most : least;
  if (m >= n) return tall_svd(a, false, u, s, vh, m, n, columns);
  // Of the transposed matrix: its v' is our u transposed, its u our v.
  double *ut = malloc((size_t)(m * m + n * columns + 1) * sizeof(double));
  if (!ut) return CR_NO_MEMORY;
  int32_t info = tall_svd(a, true, ut + m * m, s, ut, n, m, columns);
  transpose(ut, u, m, m);
  transpose(ut + m * m, vh, n, columns);
  free(ut);
  return info;
}
