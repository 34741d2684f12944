// LAPACK, found at run time. It counts rows within columns: a matrix of ours is its transpose, which it is given.
#include "linalg/plain.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef int32_t lapack_int;

static struct {
  void (*getrf)(const lapack_int *, const lapack_int *, double *, const lapack_int *, lapack_int *, lapack_int *);
  void (*potrf)(const char *, const lapack_int *, double *, const lapack_int *, lapack_int *, size_t);
  void (*geqrf)(const lapack_int *, const lapack_int *, double *, const lapack_int *, double *, double *, const lapack_int *, lapack_int *);
  void (*orgqr)(const lapack_int *, const lapack_int *, const lapack_int *, double *, const lapack_int *, const double *, double *,
                const lapack_int *, lapack_int *);
  void (*syevd)(const char *, const char *, const lapack_int *, double *, const lapack_int *, double *, double *, const lapack_int *,
                lapack_int *, const lapack_int *, lapack_int *, size_t, size_t);
  void (*gesdd)(const char *, const lapack_int *, const lapack_int *, double *, const lapack_int *, double *, double *, const lapack_int *,
                double *, const lapack_int *, double *, const lapack_int *, lapack_int *, lapack_int *, size_t);
  bool found;
} lapack;

static bool load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  *(void **)&lapack.getrf = dlsym(library, "dgetrf_");
  *(void **)&lapack.potrf = dlsym(library, "dpotrf_");
  *(void **)&lapack.geqrf = dlsym(library, "dgeqrf_");
  *(void **)&lapack.orgqr = dlsym(library, "dorgqr_");
  *(void **)&lapack.syevd = dlsym(library, "dsyevd_");
  *(void **)&lapack.gesdd = dlsym(library, "dgesdd_");
  return lapack.getrf && lapack.potrf && lapack.geqrf && lapack.orgqr && lapack.syevd && lapack.gesdd;
}

static void find(void) {
  static const char *const usual[] = {
#ifdef __APPLE__
      "/System/Library/Frameworks/Accelerate.framework/Accelerate", "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
      "/usr/local/opt/openblas/lib/libopenblas.dylib",
#else
      "libopenblas.so.0", "libopenblas.so", "liblapack.so.3", "liblapack.so", "libmkl_rt.so.2", "libmkl_rt.so",
#endif
  };
  const char *named = getenv("CHAINRULE_LAPACK");
  if (named && *named) {
    lapack.found = load(named);
    return;
  }
  for (size_t i = 0; i < sizeof usual / sizeof usual[0] && !lapack.found; i++) lapack.found = load(usual[i]);
}

bool cr_has_lapack(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find);
  return lapack.found;
}

static void transpose(const double *a, double *out, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
}

static double *space(int64_t count) { return malloc((size_t)(count + 1) * sizeof(double)); }

int32_t lapack_lu(double *a, int32_t *pivots, int64_t m, int64_t n) {
  lapack_int rows = (lapack_int)m, columns = (lapack_int)n, info = CR_NO_MEMORY;
  double *x = space(m * n);
  if (!x) return info;
  transpose(a, x, m, n);
  lapack.getrf(&rows, &columns, x, &rows, pivots, &info);
  transpose(x, a, n, m);
  free(x);
  return info;
}

int32_t lapack_cholesky(double *a, int64_t n) {
  lapack_int size = (lapack_int)n, info = 0;
  // Our lower triangle is its upper one.
  lapack.potrf("U", &size, a, &size, &info, 1);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = i + 1; j < n; j++) a[i * n + j] = 0;
  return info;
}

int32_t lapack_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns) {
  lapack_int rows = (lapack_int)m, cols = (lapack_int)n, count = (lapack_int)(m < n ? m : n), info = CR_NO_MEMORY, wide = (lapack_int)columns;
  int64_t width = n > columns ? n : columns;
  lapack_int length = 64 * (lapack_int)width;
  double *x = space(m * width + count + length), *tau = x + m * width, *work = tau + count;
  if (!x) return info;
  transpose(a, x, m, n);
  lapack.geqrf(&rows, &cols, x, &rows, tau, work, &length, &info);
  for (int64_t i = 0; i < columns; i++)
    for (int64_t j = 0; j < n; j++) r[i * n + j] = j >= i ? x[j * m + i] : 0;
  if (info == 0) lapack.orgqr(&rows, &wide, &count, x, &rows, tau, work, &length, &info);
  transpose(x, q, columns, m);
  free(x);
  return info;
}

int32_t lapack_eigh(const double *a, double *w, double *v, int64_t n) {
  lapack_int size = (lapack_int)n, info = CR_NO_MEMORY, length = (lapack_int)(1 + 6 * n + 2 * n * n), integers = (lapack_int)(3 + 5 * n);
  double *x = space(n * n + length);
  lapack_int *whole = malloc((size_t)integers * sizeof(lapack_int));
  if (x && whole) {
    transpose(a, x, n, n);
    lapack.syevd("V", "L", &size, x, &size, w, x + n * n, &length, whole, &integers, &info, 1, 1);
    transpose(x, v, n, n);
  }
  free(x);
  free(whole);
  return info;
}

int32_t lapack_svd(const double *a, double *u, double *s, double *vh, int64_t m, int64_t n, bool full) {
  int64_t least = m < n ? m : n, most = m < n ? n : m;
  // Of the transposed matrix: its u is our v, its v' our u transposed, which is what row-major makes of them.
  lapack_int rows = (lapack_int)n, columns = (lapack_int)m, wide = (lapack_int)(full ? m : least), info = CR_NO_MEMORY;
  lapack_int length = (lapack_int)(4 * least * least + 7 * least + most + 64 * most);
  double *x = space(m * n + length);
  lapack_int *whole = malloc((size_t)(8 * least) * sizeof(lapack_int));
  if (x && whole) {
    for (int64_t i = 0; i < m * n; i++) x[i] = a[i];
    lapack.gesdd(full ? "A" : "S", &rows, &columns, x, &rows, s, vh, &rows, u, &wide, x + m * n, &length, whole, &info, 1);
  }
  free(x);
  free(whole);
  return info;
}
