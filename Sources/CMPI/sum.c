// Sums in the order of a binary tree: neighbours first, then neighbouring pairs. A rank that owns an aligned part of the leaves has summed it
// in the same order, so the bits do not depend on how many ranks share the leaves.
#include "libraries.h"

#include <string.h>

// So many elements of each slice stay in the nearest cache.
enum { BLOCK = 2048 };

#define TREE(type)                                                                                                                         \
  for (int64_t start = 0; start < count; start += BLOCK) {                                                                                 \
    const int64_t n = count - start < BLOCK ? count - start : BLOCK;                                                                       \
    for (int64_t step = 1; step < ranks; step *= 2) {                                                                                      \
      for (int64_t i = 0; i + step < ranks; i += 2 * step) {                                                                               \
        type *restrict a = (type *)slices + i * count + start;                                                                             \
        const type *restrict b = (const type *)slices + (i + step) * count + start;                                                        \
        for (int64_t k = 0; k < n; k++) a[k] += b[k];                                                                                      \
      }                                                                                                                                    \
    }                                                                                                                                      \
    memcpy((type *)out + start, (const type *)slices + start, (size_t)n * sizeof(type));                                                   \
  }

void mpi_tree_sum(void *slices, void *out, int64_t ranks, int64_t count, int dtype) {
  switch (dtype) {
  case CR_MPI_F32: TREE(float) break;
  case CR_MPI_F64: TREE(double) break;
  default: TREE(int64_t) break;
  }
}
