// The positions of what is not 0.
#include "cr_index.h"

static inline bool is_set(const cr_tensor *mask, int64_t offset) {
  switch (mask->dtype) {
    case CR_INT32: return ((const int32_t *)mask->data)[offset] != 0;
    case CR_INT64: return ((const int64_t *)mask->data)[offset] != 0;
    case CR_FLOAT32: return ((const float *)mask->data)[offset] != 0;
    case CR_FLOAT64: return ((const double *)mask->data)[offset] != 0;
    case CR_INT16: return ((const int16_t *)mask->data)[offset] != 0;
    // All bits but the sign's.
    case CR_FLOAT16: case CR_BFLOAT16: return (((const uint16_t *)mask->data)[offset] & 0x7fff) != 0;
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
