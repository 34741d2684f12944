// Matrix products, C = alpha op(A) op(B) + beta C, row-major, with leading dimensions or any strides. No operand is copied as a whole:
// what the inner loop wants contiguous is packed block by block. The same bits come out whatever the number of threads.
#ifndef CR_GEMM_H
#define CR_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "cr_tensor.h"

typedef enum cr_activation : int32_t { CR_ACTIVATION_NONE = 0, CR_ACTIVATION_RELU = 1 } cr_activation;

// What happens to an element on its way out: activation(c + bias[column]). `bias` may be NULL.
typedef struct cr_epilogue {
  const void *bias;
  cr_activation activation;
} cr_epilogue;

// A transposed operand (`ta`, `tb`) is stored as k x m (n x k). With beta 0, C is never read; with alpha 0, A and B.
void cr_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b, int64_t ldb,
                 float beta, float *c, int64_t ldc);
void cr_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha, const double *a, int64_t lda, const double *b,
                 int64_t ldb, double beta, double *c, int64_t ldc);

// `batch` products; a stride of 0 uses one operand for all.
void cr_gemm_batched_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b,
                         int64_t ldb, float beta, float *c, int64_t ldc, int64_t batch, int64_t stride_a, int64_t stride_b,
                         int64_t stride_c);
void cr_gemm_batched_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha, const double *a, int64_t lda, const double *b,
                         int64_t ldb, double beta, double *c, int64_t ldc, int64_t batch, int64_t stride_a, int64_t stride_b,
                         int64_t stride_c);

// Descriptors: [..., m, k] x [..., k, n] -> [..., m, n] with equal batch sizes (strides may be 0 there) and any strides in the last two
// dimensions. uint8, int32 and int64 wrap; there alpha and beta are rounded toward zero and an epilogue is not looked at. Nothing is
// done for other dtypes. `epilogue` may be NULL.
void cr_matmul(const cr_tensor *a, const cr_tensor *b, cr_tensor *out, double alpha, double beta);
void cr_matmul_epilogue(const cr_tensor *a, const cr_tensor *b, cr_tensor *out, double alpha, double beta, const cr_epilogue *epilogue);

// The same for matrices (of rank 2), A or B transposed first.
void cr_matmul_transposed(bool ta, const cr_tensor *a, bool tb, const cr_tensor *b, cr_tensor *out, const cr_epilogue *epilogue);

#endif
