// Elementwise work over strided and broadcast operands: dimensions are merged, rows handed to contiguous kernels.
#ifndef ELEMENTWISE_LOOP_H
#define ELEMENTWISE_LOOP_H

#include "cr_tensor.h"

#define CR_MAX_RANK 64
#define CR_MAX_INPUTS 3

// operands[0] is the output. Bit k of `scalars` says that operands[k] is a single element for the whole row.
typedef bool (*cr_row)(const void *context, char *const *operands, unsigned scalars, int64_t n);

// Runs `row` over the elements of out (contiguous) and of the inputs broadcast to it. With `scalar_rows` the row kernel accepts one
// scalar operand among several inputs; otherwise scalars are spread into a block first. Returns the conjunction of the rows' results.
bool cr_run_rows(cr_tensor *out, const cr_tensor *const *inputs, int input_count, bool scalar_rows, cr_row row, const void *context);

// Drops dimensions of size 1 and merges neighbours that every operand walks as one. strides[k][d] in any unit.
int cr_merge_dims(int rank, int64_t *sizes, int operand_count, int64_t (*strides)[CR_MAX_RANK]);

// x's strides right-aligned to out's dimensions, 0 where x is broadcast.
void cr_broadcast_strides(const cr_tensor *x, const cr_tensor *out, int64_t *strides);

#endif
