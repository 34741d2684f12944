// The front: which orientation, which batch.
#include "cr_gemm.h"

#include "cr_threads.h"
#include "gemm/table.h"

#define T float
#define NS(name) name##_f32
#include "gemm/scale.inc"
#undef T
#undef NS
#define T double
#define NS(name) name##_f64
#include "gemm/scale.inc"
#undef T
#undef NS

// Vectors run along the columns of C, so these must be its contiguous ones, and more than a few; else C' = B' A'.
static void run(const gemm_problem *problem, bool is_double) {
  gemm_problem q = *problem;
  if (q.m == 0 || q.n == 0) return;
  if (q.k == 0 || q.alpha == 0) {
    if (is_double) scale_f64(&q);
    else scale_f32(&q);
    return;
  }
  bool along_rows = q.c_column == 1 || q.c_row != 1;
  if ((!along_rows && q.m > 4) || (along_rows && q.n <= 4 && q.m > q.n)) {
    const gemm_problem p = q;
    q.m = p.n;
    q.n = p.m;
    q.a = p.b;
    q.a_row = p.b_column;
    q.a_column = p.b_row;
    q.b = p.a;
    q.b_row = p.a_column;
    q.b_column = p.a_row;
    q.c_row = p.c_column;
    q.c_column = p.c_row;
    q.bias_row = p.bias_column;
    q.bias_column = p.bias_row;
  }
  // The stride of a dimension of one element is never used: let it not stand in the way of a choice.
  if (q.k == 1) {
    q.a_column = 1;
    if (q.b_column != 1) q.b_row = 1;
  }
  if (q.n == 1) q.b_column = q.b_row == 1 ? q.k : 1;
  cr_kernels.gemm->gemm[is_double](&q);
}

typedef struct {
  gemm_problem problem;
  bool is_double;
  int64_t batch, parts;
  int rank;  // of the batch; its sizes and strides in elements
  const int64_t *sizes, *a, *b, *c;
} batch_job;

static void run_batch(const batch_job *job, int64_t from, int64_t to) {
  size_t size = job->is_double ? sizeof(double) : sizeof(float);
  for (int64_t index = from; index < to; index++) {
    int64_t rest = index, a = 0, b = 0, c = 0;
    for (int d = job->rank - 1; d >= 0; d--) {
      int64_t i = rest % job->sizes[d];
      rest /= job->sizes[d];
      a += i * job->a[d];
      b += i * job->b[d];
      c += i * job->c[d];
    }
    gemm_problem q = job->problem;
    q.a = (const char *)q.a + a * (int64_t)size;
    q.b = (const char *)q.b + b * (int64_t)size;
    q.c = (char *)q.c + c * (int64_t)size;
    run(&q, job->is_double);
  }
}

static void batch_part(void *context, int64_t part) {
  const batch_job *job = context;
  run_batch(job, job->batch * part / job->parts, job->batch * (part + 1) / job->parts);
}

// Many products are shared out whole; a few large ones one after the other, each with all threads.
static void run_batches(batch_job *job) {
  const gemm_problem *q = &job->problem;
  if (job->batch == 0) return;
  int64_t work = q->m * q->n * (q->k > 0 ? q->k : 1);
  if (job->batch > 1 && (job->batch >= 16 || work < 1 << 20)) {
    job->parts = cr_parts(job->batch * work, 1 << 17);
    if (job->parts > job->batch) job->parts = job->batch;
    cr_parallel(job->parts, batch_part, job);
  } else {
    run_batch(job, 0, job->batch);
  }
}

#define T float
#define NS(name) name##_f32
#include "gemm/bare.inc"
#undef T
#undef NS
#define T double
#define NS(name) name##_f64
#include "gemm/bare.inc"
#undef T
#undef NS

#define T uint8_t
#define U uint8_t
#define NS(name) name##_u8
#include "gemm/integer.inc"
#define T int32_t
#define U uint32_t
#define NS(name) name##_i32
#include "gemm/integer.inc"
#define T int64_t
#define U uint64_t
#define NS(name) name##_i64
#include "gemm/integer.inc"

static void integer_matmul(const batch_job *job, cr_dtype dtype) {
  int64_t size = (int64_t)cr_dtype_size(dtype);
  for (int64_t index = 0; index < job->batch; index++) {
    gemm_problem q = job->problem;
    int64_t rest = index;
    for (int d = job->rank - 1; d >= 0; d--) {
      int64_t i = rest % job->sizes[d];
      rest /= job->sizes[d];
      q.a = (const char *)q.a + i * job->a[d] * size;
      q.b = (const char *)q.b + i * job->b[d] * size;
      q.c = (char *)q.c + i * job->c[d] * size;
    }
    if (dtype == CR_INT64) integer_i64(&q, (int64_t)q.alpha, (int64_t)q.beta);
    else if (dtype == CR_INT32) integer_i32(&q, (int32_t)q.alpha, (int32_t)q.beta);
    else integer_u8(&q, (uint8_t)(int64_t)q.alpha, (uint8_t)(int64_t)q.beta);
  }
}

void cr_matmul_epilogue(const cr_tensor *a, const cr_tensor *b, cr_tensor *out, double alpha, double beta, const cr_epilogue *epilogue) {
  int rank = out->rank, last = rank - 1;
  if (rank < 2 || a->rank != rank || b->rank != rank || out->count == 0) return;
  const int64_t *as = cr_strides(a), *bs = cr_strides(b), *cs = cr_strides(out);
  batch_job job = {.is_double = out->dtype == CR_FLOAT64, .batch = 1, .parts = 1, .rank = rank - 2};
  job.sizes = out->dims;
  job.a = as;
  job.b = bs;
  job.c = cs;
  for (int d = 0; d < rank - 2; d++) job.batch *= out->dims[d];
  gemm_problem *q = &job.problem;
  *q = (gemm_problem){.m = out->dims[last - 1], .n = out->dims[last], .k = a->dims[last], .a = a->data, .a_row = as[last - 1],
                      .a_column = as[last], .b = b->data, .b_row = bs[last - 1], .b_column = bs[last], .c = out->data,
                      .c_row = cs[last - 1], .c_column = cs[last], .alpha = alpha, .beta = beta, .bias_column = 1};
  // An operand of one column may come with any stride there.
  if (q->n == 1) q->c_column = 1;
  if (epilogue) {
    q->bias = epilogue->bias;
    q->relu = epilogue->activation == CR_ACTIVATION_RELU;
  }
  // One B for all of a batch whose rows follow each other: one tall product.
  while (job.rank > 0) {
    int d = job.rank - 1;
    int64_t size = out->dims[d];
    if (q->m == 1 && bs[d] == 0) {
      q->a_row = as[d];
      q->c_row = cs[d];
    }
    bool follows = bs[d] == 0 && as[d] == q->m * q->a_row && cs[d] == q->m * q->c_row;
    if (size != 1 && !follows) break;
    q->m *= size;
    job.batch /= size;
    job.rank--;
  }
  if (out->dtype == CR_FLOAT32 || out->dtype == CR_FLOAT64) run_batches(&job);
  else if (out->dtype == CR_UINT8 || out->dtype == CR_INT32 || out->dtype == CR_INT64) integer_matmul(&job, out->dtype);
}

void cr_matmul(const cr_tensor *a, const cr_tensor *b, cr_tensor *out, double alpha, double beta) {
  cr_matmul_epilogue(a, b, out, alpha, beta, NULL);
}

void cr_matmul_transposed(bool ta, const cr_tensor *a, bool tb, const cr_tensor *b, cr_tensor *out, const cr_epilogue *epilogue) {
  int64_t dims[2][4] = {{a->dims[ta], a->dims[!ta], a->dims[2 + ta], a->dims[2 + !ta]},
                        {b->dims[tb], b->dims[!tb], b->dims[2 + tb], b->dims[2 + !tb]}};
  cr_tensor x = *a, y = *b;
  x.dims = dims[0];
  y.dims = dims[1];
  cr_matmul_epilogue(&x, &y, out, 1, 0, epilogue);
}
