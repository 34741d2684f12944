// The matrix products and convolutions of one instruction set; arrays are float32, float64.
#ifndef GEMM_TABLE_H
#define GEMM_TABLE_H

#include "conv/layout.h"
#include "cr_threads.h"
#include "gemm/problem.h"
#include "isa/isa.h"

typedef void (*cr_gemm_function)(const gemm_problem *problem);
typedef bool (*cr_conv_function)(const conv_layout *layout, const void *a, const void *b, const void *bias, void *out);

typedef struct cr_gemm_table {
  cr_gemm_function gemm[2];
  cr_conv_function conv_forward[2], conv_transposed[2], conv_weight[2];
  // float32 only. Where `flipped`, w is [channels, filters, 3, 3] with its taps in reverse.
  bool (*winograd_forward)(const conv_layout *layout, const conv_layout *tiles, const void *x, const void *w, bool flipped,
                           const void *bias, void *y);
  bool (*winograd_weight)(const conv_layout *layout, const conv_layout *tiles, const void *x, const void *y, void *w);
  // One part makes so many float32 operations in independent multiply-adds that never leave the registers; `context` has room for 64
  // bytes a part.
  cr_task peak;
  int64_t peak_operations;
} cr_gemm_table;

#endif
