#include "index/walk.h"

void walk_add(walk *w, int64_t size, const int64_t *strides) {
  if (size == 1) return;
  int d = w->rank;
  if (d > 0) {
    bool merges = w->sizes[d - 1] != 0 && size != 0;
    for (int o = 0; o < WALK_OPERANDS; o++) merges = merges && w->strides[o][d - 1] == strides[o] * size;
    if (merges) {
      w->sizes[d - 1] *= size;
      for (int o = 0; o < WALK_OPERANDS; o++) w->strides[o][d - 1] = strides[o];
      return;
    }
  }
  w->sizes[d] = size;
  for (int o = 0; o < WALK_OPERANDS; o++) w->strides[o][d] = strides[o];
  w->rank++;
}

void walk_lines(walk *w, walk_line line, void *context) {
  int64_t position[CR_MAX_RANK] = {0}, offsets[WALK_OPERANDS] = {0}, steps[WALK_OPERANDS] = {0};
  if (w->rank == 0) {
    line(context, 1, offsets, steps);
    return;
  }
  for (int d = 0; d < w->rank; d++)
    if (w->sizes[d] == 0) return;
  int last = w->rank - 1;
  for (int o = 0; o < WALK_OPERANDS; o++) steps[o] = w->strides[o][last];
  for (;;) {
    if (!line(context, w->sizes[last], offsets, steps)) return;
    int d = last - 1;
    for (; d >= 0; d--) {
      for (int o = 0; o < WALK_OPERANDS; o++) offsets[o] += w->strides[o][d];
      if (++position[d] < w->sizes[d]) break;
      for (int o = 0; o < WALK_OPERANDS; o++) offsets[o] -= w->strides[o][d] * w->sizes[d];
      position[d] = 0;
    }
    if (d < 0) return;
  }
}
