// Binary search of many values in sorted rows.
#include "cr_index.h"
#include "cr_threads.h"

typedef struct {
  const cr_tensor *sorted, *values;
  cr_tensor *out;
  bool right;
  int64_t parts;
} job;

#define SEARCH(T)                                                                                              \
  for (int64_t i = start; i < end; i++) {                                                                      \
    const T *row = (const T *)j->sorted->data + (shared ? 0 : i / count * length);                             \
    T v = ((const T *)j->values->data)[i];                                                                     \
    int64_t low = 0, high = length;                                                                            \
    while (low < high) {                                                                                       \
      int64_t middle = low + (high - low) / 2;                                                                 \
      T x = row[middle];                                                                                       \
      /* Whether the place is further right: x < v, or from the right not x > v. */                            \
      bool further = j->right ? !(v < x || (x != x && v == v)) : x < v || (v != v && x == x);                  \
      if (further) low = middle + 1;                                                                           \
      else high = middle;                                                                                      \
    }                                                                                                          \
    if (j->out->dtype == CR_INT32) ((int32_t *)j->out->data)[i] = (int32_t)low;                                \
    else ((int64_t *)j->out->data)[i] = low;                                                                   \
  }                                                                                                            \
  break;

static void search_part(void *context, int64_t part) {
  const job *j = context;
  int64_t length = cr_sizes(j->sorted)[1], count = cr_sizes(j->values)[1], n = j->values->count;
  int64_t start = n * part / j->parts, end = n * (part + 1) / j->parts;
  bool shared = cr_sizes(j->sorted)[0] == 1;
  switch (j->sorted->dtype) {
    case CR_INT32: SEARCH(int32_t)
    case CR_INT64: SEARCH(int64_t)
    case CR_FLOAT32: SEARCH(float)
    case CR_FLOAT64: SEARCH(double)
    default: SEARCH(uint8_t)
  }
}

void cr_search_sorted(const cr_tensor *sorted, const cr_tensor *values, bool right, cr_tensor *out) {
  job j = {sorted, values, out, right, cr_parts(values->count, 1 << 12)};
  if (values->count > 0) cr_parallel(j.parts, search_part, &j);
}
