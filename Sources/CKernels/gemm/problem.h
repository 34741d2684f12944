// What the front (gemm.c) hands to the loops of one instruction set.
#ifndef GEMM_PROBLEM_H
#define GEMM_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

// One product with every stride spelled out, in elements.
typedef struct gemm_problem {
  int64_t m, n, k;
  const void *a;
  int64_t a_row, a_column;
  const void *b;
  int64_t b_row, b_column;
  void *c;
  int64_t c_row, c_column;
  double alpha, beta;
  const void *bias;                // NULL: none
  int64_t bias_row, bias_column;   // its strides: 0 and 1, or 1 and 0 where the product was transposed
  bool relu;
} gemm_problem;

#endif
