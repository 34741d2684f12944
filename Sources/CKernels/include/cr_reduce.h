// Reductions and cumulative operations. The order of every sum is fixed by the shape alone: same bits for any thread count and
// instruction set. Sums are blocked and pairwise, so their error grows with log n.
#ifndef CR_REDUCE_H
#define CR_REDUCE_H

#include "cr_program.h"
#include "cr_tensor.h"

typedef enum cr_reduce_op : uint8_t {
  CR_SUM,            // integers and bool: out is int64
  CR_MEAN,           // floating
  CR_PROD,           // integers and bool: out is int64
  CR_AMAX, CR_AMIN,  // NaN wins
  CR_ANY, CR_ALL,    // out is bool
  CR_SUM_OF_SQUARES, // floating
  CR_COUNT_NONZERO,  // out is int64
  CR_LOGSUMEXP,      // floating
  CR_ARGMAX, CR_ARGMIN,  // out is int64: the first index along the reduced dimensions, flattened in order; NaN wins
  CR_REDUCE_COUNT
} cr_reduce_op;

// Whether cr_reduce_program has the operation.
static inline bool cr_reduces_programs(cr_reduce_op op) {
  return op == CR_SUM || op == CR_MEAN || op == CR_PROD || op == CR_AMAX || op == CR_AMIN || op == CR_SUM_OF_SQUARES;
}

// Reduces the dimensions with reduced[d]; out holds the kept ones, in order and contiguous (sizes of 1 may stay or go). An empty
// reduction gives the operation's identity; arg, amax and amin of nothing are the caller's to refuse.
void cr_reduce(cr_reduce_op op, const cr_tensor *x, const bool *reduced, cr_tensor *out);

// Reduces all `count` elements, one or more, of a program's last step, which has no `out`: they never reach memory. `op` is one of the
// floating ones; the bits are those of cr_reduce on the same elements.
void cr_reduce_program(cr_reduce_op op, const cr_step *steps, int step_count, cr_dtype dtype, int64_t count, cr_tensor *out);

// Values and the index along dim of the largest (smallest) element: NaN wins, the first among equals.
void cr_extremum(bool largest, const cr_tensor *x, int dim, cr_tensor *values, cr_tensor *indices);

// Undoes broadcasting: sums x over the dimensions where out has size 1 or none (right-aligned); same dtype.
void cr_sum_to(const cr_tensor *x, cr_tensor *out);

typedef enum cr_cumulative_op : uint8_t {
  CR_CUMSUM, CR_CUMPROD, CR_LOGCUMSUMEXP, CR_CUMMAX, CR_CUMMIN
} cr_cumulative_op;

// Along dim; out is contiguous, of x's dtype or int64 for integer sums and products. `indices` (int64, x's shape) only for cummax
// and cummin, else NULL: the latest index among equals, as PyTorch's.
void cr_cumulative(cr_cumulative_op op, const cr_tensor *x, int dim, cr_tensor *out, cr_tensor *indices);

#endif
