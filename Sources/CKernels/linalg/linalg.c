// Batches of matrices, shared out among the threads; which method does them.
#include "cr_linalg.h"

#include "cr_threads.h"
#include "linalg/plain.h"

typedef struct job {
  void (*one)(const struct job *, int64_t);
  const double *a;
  double *in_place, *x, *y, *z;
  int32_t *pivots, *info;
  int64_t batch, m, n, columns, parts;
  bool upper, unit, large;
} job;

static void run_part(void *context, int64_t part) {
  const job *j = context;
  for (int64_t i = j->batch * part / j->parts; i < j->batch * (part + 1) / j->parts; i++) j->one(j, i);
}

static void run(job *j) {
  int64_t least = j->m < j->n ? j->m : j->n;
  j->large = least > CR_PLAIN_SIZE;
  // LAPACK has threads of its own.
  j->parts = j->large ? 1 : cr_parts(j->batch * (j->m * j->n * least + 1), 1 << 15);
  if (j->parts > j->batch) j->parts = j->batch;
  if (j->batch > 0) cr_parallel(j->parts, run_part, j);
}

static void lu(const job *j, int64_t i) {
  int64_t least = j->m < j->n ? j->m : j->n;
  j->info[i] = (j->large ? lapack_lu : plain_lu)(j->in_place + i * j->m * j->n, j->pivots + i * least, j->m, j->n);
}

void cr_linalg_lu(double *a, int32_t *pivots, int32_t *info, int64_t batch, int64_t m, int64_t n) {
  job j = {.one = lu, .in_place = a, .pivots = pivots, .info = info, .batch = batch, .m = m, .n = n};
  run(&j);
}

static void cholesky(const job *j, int64_t i) { j->info[i] = (j->large ? lapack_cholesky : plain_cholesky)(j->in_place + i * j->n * j->n, j->n); }

void cr_linalg_cholesky(double *a, int32_t *info, int64_t batch, int64_t n) {
  job j = {.one = cholesky, .in_place = a, .info = info, .batch = batch, .m = n, .n = n};
  run(&j);
}

static void triangular(const job *j, int64_t i) {
  plain_triangular(j->a + i * j->n * j->n, j->in_place + i * j->n * j->columns, j->n, j->columns, j->upper, j->unit);
}

void cr_linalg_triangular(const double *a, double *b, int64_t batch, int64_t n, int64_t k, bool upper, bool unit) {
  job j = {.one = triangular, .a = a, .in_place = b, .batch = batch, .m = n, .n = n, .columns = k, .upper = upper, .unit = unit};
  run(&j);
}

static void qr(const job *j, int64_t i) {
  j->info[i] = (j->large ? lapack_qr : plain_qr)(
      j->a + i * j->m * j->n, j->x + i * j->m * j->columns, j->y + i * j->columns * j->n, j->m, j->n, j->columns);
}

int32_t cr_householder_qr(const double *a, double *q, double *r, int64_t m, int64_t n, int64_t columns) {
  return plain_qr(a, q, r, m, n, columns);
}

void cr_linalg_qr(const double *a, double *q, double *r, int32_t *info, int64_t batch, int64_t m, int64_t n, int64_t columns) {
  job j = {.one = qr, .a = a, .x = q, .y = r, .info = info, .batch = batch, .m = m, .n = n, .columns = columns};
  run(&j);
}

static void eigh(const job *j, int64_t i) {
  j->info[i] = (j->large ? lapack_eigh : plain_eigh)(j->a + i * j->n * j->n, j->x + i * j->n, j->y + i * j->n * j->n, j->n);
}

void cr_linalg_eigh(const double *a, double *w, double *v, int32_t *info, int64_t batch, int64_t n) {
  job j = {.one = eigh, .a = a, .x = w, .y = v, .info = info, .batch = batch, .m = n, .n = n};
  run(&j);
}

static void svd(const job *j, int64_t i) {
  int64_t least = j->m < j->n ? j->m : j->n, rows = j->columns ? j->m : least, columns = j->columns ? j->n : least;
  j->info[i] = (j->large ? lapack_svd : plain_svd)(
      j->a + i * j->m * j->n, j->x + i * j->m * rows, j->y + i * least, j->z + i * columns * j->n, j->m, j->n, j->columns);
}

void cr_linalg_svd(const double *a, double *u, double *s, double *vh, int32_t *info, int64_t batch, int64_t m, int64_t n, bool full) {
  job j = {.one = svd, .a = a, .x = u, .y = s, .z = vh, .info = info, .batch = batch, .m = m, .n = n, .columns = full};
  run(&j);
}
