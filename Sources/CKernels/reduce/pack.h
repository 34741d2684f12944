// What the reduction sources share.
#ifndef REDUCE_PACK_H
#define REDUCE_PACK_H

#include "cr_reduce.h"
#include "reduce/table.h"

// Contiguous rows up to this length are transposed and worked on side by side (elementwise/table.h).
#define CR_SHORT_ROW 128

// x as a contiguous [kept, reduced] matrix: a view where it is one already, else a copy.
typedef struct cr_packed {
  cr_tensor tensor;
  int64_t dims[4];
  void *owned;
  size_t capacity;
} cr_packed;

// False where there is no memory for a copy (reported by cr_scratch); then too `packed` can be released.
bool cr_pack(const cr_tensor *x, const bool *reduced, cr_packed *packed);
// x as rows of n elements: where every row is the same (an expanded cotangent), that one alone. `*step` receives the bytes from row to
// row.
bool cr_pack_rows(const cr_tensor *x, int64_t n, cr_packed *packed, int64_t *step);
void cr_release(cr_packed *packed);

// indices[k] = the first index of the largest (smallest) element along the flattened reduced dimensions; values may be NULL.
void cr_reduce_argument(bool largest, const cr_tensor *x, const bool *reduced, cr_tensor *values, cr_tensor *indices);
void cr_reduce_logsumexp(const cr_tensor *x, const bool *reduced, cr_tensor *out);

#endif
