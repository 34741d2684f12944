// The reduction kernels of one instruction set, by operation and dtype. Accumulators are float32, float64, int64, the element's own type
// (amax, amin) or one byte (any, all).
#ifndef REDUCE_TABLE_H
#define REDUCE_TABLE_H

#include "cr_reduce.h"
#include "isa/isa.h"

// Columns reduced side by side, and lanes a contiguous run is dealt to.
#define CR_LANES 64

typedef struct cr_reducer {
  // accumulators[c] = the reduction of x[r * stride + c] over r, pairwise in blocks of rows, for the first `lanes` columns, and perhaps
  // more, at most CR_LANES. Lanes whose element would lie at or after `limit` hold nothing useful.
  void (*strip)(const void *x, int64_t stride, int64_t rows, int64_t lanes, const void *limit, void *accumulators);
  // *accumulator = the reduction of n > 0 contiguous elements.
  void (*run)(const void *x, int64_t n, void *accumulator);
  // accumulators[c] = accumulators[c] op others[c].
  void (*merge)(void *accumulators, const void *others, int64_t n);
} cr_reducer;

// indices[c] = the first r with x[r * CR_LANES + c] == values[c], NaN equal to NaN, for CR_LANES columns.
typedef void (*cr_positions)(const void *x, int64_t rows, const void *values, int64_t *indices);

typedef struct cr_reduce_table {
  cr_reducer reducers[CR_COUNT_NONZERO + 1][12];
  cr_positions positions[12];
} cr_reduce_table;

#endif
