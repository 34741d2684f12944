// Elements by index, by mask and in order. Indices are int64. A kernel that takes indices checks them all first: it returns -1, or the
// flat position (row-major in the index) of the first one outside 0..<size, and then has written nothing. Tensors may have any
// strides unless it says contiguous; x, out, into, src of one call have one dtype.
#ifndef CR_INDEX_H
#define CR_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "cr_tensor.h"

enum { CR_MAX_RANK = 64 };

// out[i] = in[i], or in[i] + size where negative; -1 or the position of the first index outside -size..<size.
int64_t cr_wrap_indices(const int64_t *in, int64_t n, int64_t size, int64_t *out);

// out[.., i, ..] = x[.., index[i], ..]
int64_t cr_index_select(const cr_tensor *x, int dim, const int64_t *index, int64_t n, cr_tensor *out);
// into[.., index[i], ..] = src[.., i, ..]; of equal indices the last one counts.
int64_t cr_index_copy(cr_tensor *into, int dim, const int64_t *index, int64_t n, const cr_tensor *src);
// into[.., index[i], ..] += src[.., i, ..], in the order of i; shared out by destination, so always the same bits.
int64_t cr_index_add(cr_tensor *into, int dim, const int64_t *index, int64_t n, const cr_tensor *src);

// out[p] = x[p with index[p] in place of dim]; `index` has out's sizes, and none but dim is larger than x's.
int64_t cr_gather(const cr_tensor *x, int dim, const cr_tensor *index, cr_tensor *out);
// into[p with index[p] in place of dim] = src[p] (or = *value, or += src[p]) for every p of `index`; src is at least as large.
int64_t cr_scatter(cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src);
int64_t cr_scatter_value(cr_tensor *into, int dim, const cr_tensor *index, const void *value);
int64_t cr_scatter_add(cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src);
// The same with another way to bring the two together; of extrema NaN wins, and of bools a product is both.
typedef enum cr_combination : uint8_t { CR_COMBINE_PRODUCT, CR_COMBINE_MAX, CR_COMBINE_MIN } cr_combination;
int64_t cr_scatter_combine(cr_combination op, cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src);

// Where each value stands in its sorted row: before the first element not below it, or, from the right, after the last not above it; NaN
// counts as the greatest. `sorted` is [rows, length], or [1, length] for all rows, `values` [rows, count], out int64 of its shape, or int32;
// all contiguous, of one dtype.
void cr_search_sorted(const cr_tensor *sorted, const cr_tensor *values, bool right, cr_tensor *out);

// How many elements of a contiguous tensor are not zero. Where `out` is given, [count, rank] receives their positions in row-major order.
int64_t cr_nonzero(const cr_tensor *mask, int64_t *out);

// Stable sort along dim; NaN counts as the greatest. `values` (x's dtype) and `indices` (int64) are contiguous; either may be NULL.
// False where no memory is left.
bool cr_sort(const cr_tensor *x, int dim, bool descending, cr_tensor *values, cr_tensor *indices);
// The k first of that order, the lower index first among equals.
bool cr_topk(const cr_tensor *x, int dim, int64_t k, bool largest, cr_tensor *values, cr_tensor *indices);

#endif
