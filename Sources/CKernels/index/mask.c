// By mask: positions, selection, scattering.
#include <string.h>

#include "cr_index.h"
#include "index/walk.h"

static inline bool is_set(const cr_tensor *mask, int64_t offset) {
  switch (mask->dtype) {
    case CR_INT32: return ((const int32_t *)mask->data)[offset] != 0;
    case CR_INT64: return ((const int64_t *)mask->data)[offset] != 0;
    case CR_FLOAT32: return ((const float *)mask->data)[offset] != 0;
    case CR_FLOAT64: return ((const double *)mask->data)[offset] != 0;
    default: return ((const uint8_t *)mask->data)[offset] != 0;
  }
}

int64_t cr_nonzero(const cr_tensor *mask, int64_t *out) {
  int rank = mask->rank, last = rank - 1;
  if (mask->count == 0) return 0;
  if (rank == 0) return is_set(mask, 0);
  const int64_t *sizes = cr_sizes(mask), *strides = cr_strides(mask);
  int64_t position[CR_MAX_RANK] = {0}, offset = 0, found = 0;
  for (;;) {
    for (int64_t i = 0; i < sizes[last]; i++) {
      if (!is_set(mask, offset + i * strides[last])) continue;
      found++;
      if (!out) continue;
      for (int d = 0; d < last; d++) *out++ = position[d];
      *out++ = i;
    }
    int d = last - 1;
    for (; d >= 0; d--) {
      offset += strides[d];
      if (++position[d] < sizes[d]) break;
      offset -= strides[d] * sizes[d];
      position[d] = 0;
    }
    if (d < 0) return found;
  }
}

typedef struct {
  char *x;
  const uint8_t *mask;
  char *list;
  size_t size;
  int64_t count;
  bool into_x;
} masked;

static bool count_line(void *context, int64_t count, const int64_t *offsets, const int64_t *steps) {
  masked *m = context;
  const uint8_t *mask = m->mask + offsets[1];
  for (int64_t i = 0; i < count; i++) m->count += mask[i * steps[1]] != 0;
  return true;
}

#define MASKED_LINE(name, T)                                                                             \
  static bool name(void *context, int64_t count, const int64_t *offsets, const int64_t *steps) {         \
    masked *m = context;                                                                                 \
    T *x = (T *)m->x + offsets[0], *list = (T *)m->list + m->count;                                      \
    const uint8_t *mask = m->mask + offsets[1];                                                          \
    for (int64_t i = 0; i < count; i++) {                                                                \
      if (!mask[i * steps[1]]) continue;                                                                 \
      if (m->into_x) x[i * steps[0]] = *list++;                                                          \
      else *list++ = x[i * steps[0]];                                                                    \
      m->count++;                                                                                        \
    }                                                                                                    \
    return true;                                                                                         \
  }
MASKED_LINE(masked_1, uint8_t)
MASKED_LINE(masked_4, uint32_t)
MASKED_LINE(masked_8, uint64_t)

static int64_t run(const cr_tensor *x, const cr_tensor *mask, void *list, bool into_x, bool only_count) {
  walk w = {0};
  for (int d = 0; d < x->rank; d++)
    walk_add(&w, cr_sizes(x)[d], (int64_t[WALK_OPERANDS]){only_count ? 0 : cr_strides(x)[d], cr_strides(mask)[d]});
  masked m = {x->data, mask->data, list, cr_dtype_size(x->dtype), 0, into_x};
  walk_line line = only_count ? count_line : m.size == 1 ? masked_1 : m.size == 4 ? masked_4 : masked_8;
  walk_lines(&w, line, &m);
  return m.count;
}

int64_t cr_masked_select(const cr_tensor *x, const cr_tensor *mask, void *out) { return run(x, mask, out, false, out == NULL); }

int64_t cr_masked_scatter(cr_tensor *into, const cr_tensor *mask, const void *source, int64_t n) {
  int64_t wanted = run(into, mask, NULL, true, true);
  if (wanted <= n) run(into, mask, (void *)source, true, false);
  return wanted;
}
