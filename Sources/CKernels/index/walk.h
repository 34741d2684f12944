// Walks over the elements of up to three tensors of equal sizes, line by line.
#ifndef INDEX_INTERNAL_H
#define INDEX_INTERNAL_H

#include "cr_index.h"

enum { WALK_OPERANDS = 3 };

typedef struct walk {
  int rank;  // at least 1; the last dimension is the line
  int64_t sizes[CR_MAX_RANK];
  int64_t strides[WALK_OPERANDS][CR_MAX_RANK];
} walk;

// Handles `count` elements from `offsets` on, `steps` apart, all in elements. Returns whether to go on.
typedef bool (*walk_line)(void *context, int64_t count, const int64_t *offsets, const int64_t *steps);

void walk_add(walk *w, int64_t size, const int64_t *strides);  // one more dimension, inside the others; merged where it can be
void walk_lines(walk *w, walk_line line, void *context);

#endif
