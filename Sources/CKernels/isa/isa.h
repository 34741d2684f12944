// The tables of kernels of the instruction set in use, one for each family.
#ifndef ISA_H
#define ISA_H

#include "cr_isa.h"

typedef struct cr_kernel_tables {
  const struct cr_elementwise_table *elementwise;
  const struct cr_reduce_table *reduce;
  const struct cr_softmax_table *softmax;
  const struct cr_gemm_table *gemm;
  const struct cr_layers_table *layers;
  const struct cr_optimizer_table *optimizer;
} cr_kernel_tables;

// Written by cr_isa_use only.
extern cr_kernel_tables cr_kernels;

#endif
