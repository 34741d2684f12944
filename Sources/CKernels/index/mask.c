// The positions of what is not 0.
#include "cr_index.h"
#include "cr_threads.h"

enum { MAX_PARTS = 64 };

typedef struct {
  const cr_tensor *mask;
  int64_t parts, *out;
  int64_t found[MAX_PARTS];  // of each part
} job;

// Where an element is not 0 is as good as a coin: no branch depends on it.
#define MASK(name, T, SET)                                                                                 \
  static int64_t count_##name(const void *mask, int64_t from, int64_t to) {                                \
    const T *x = mask;                                                                                     \
    int64_t found = 0;                                                                                     \
    for (int64_t i = from; i < to; i++) found += SET(x[i]);                                                \
    return found;                                                                                          \
  }                                                                                                        \
  /* `position` is that of the first element, and `out` has room for `found` positions, at least one. */   \
  static void write_##name(const void *mask, int64_t from, int rank, const int64_t *sizes, int64_t *position, int64_t found, \
                           int64_t *out) {                                                                 \
    const T *x = (const T *)mask + from;                                                                   \
    int last = rank - 1;                                                                                   \
    for (int64_t *end = out + found * rank;;) {                                                            \
      for (int64_t i = position[last]; i < sizes[last]; i++) {                                             \
        for (int d = 0; d < last; d++) out[d] = position[d];                                               \
        out[last] = i;                                                                                     \
        out += SET(*x) ? rank : 0;                                                                         \
        x++;                                                                                               \
        if (out == end) return;                                                                            \
      }                                                                                                    \
      position[last] = 0;                                                                                  \
      for (int d = last - 1; d >= 0 && ++position[d] == sizes[d]; d--) position[d] = 0;                    \
    }                                                                                                      \
  }
#define IS_SET(v) ((v) != 0)
// All bits but the sign's.
#define IS_SET_NARROW(v) (((v) & 0x7fff) != 0)
MASK(1, uint8_t, IS_SET)
MASK(i16, int16_t, IS_SET)
MASK(narrow, uint16_t, IS_SET_NARROW)
MASK(i32, int32_t, IS_SET)
MASK(i64, int64_t, IS_SET)
MASK(f32, float, IS_SET)
MASK(f64, double, IS_SET)

#define FOR_TYPE(dtype, CALL)                                    \
  switch (dtype) {                                               \
    case CR_INT16: CALL(i16); break;                             \
    case CR_INT32: CALL(i32); break;                             \
    case CR_INT64: CALL(i64); break;                             \
    case CR_FLOAT32: CALL(f32); break;                           \
    case CR_FLOAT64: CALL(f64); break;                           \
    case CR_FLOAT16: case CR_BFLOAT16: CALL(narrow); break;      \
    default: CALL(1); break;                                     \
  }

static void count_part(void *context, int64_t part) {
  job *j = context;
  int64_t from = j->mask->count * part / j->parts, to = j->mask->count * (part + 1) / j->parts;
#define COUNT(name) j->found[part] = count_##name(j->mask->data, from, to)
  FOR_TYPE(j->mask->dtype, COUNT)
}

static void write_part(void *context, int64_t part) {
  const job *j = context;
  int rank = j->mask->rank;
  int64_t from = j->mask->count * part / j->parts, rest = from, before = 0, position[CR_MAX_RANK];
  if (j->found[part] == 0) return;
  for (int64_t p = 0; p < part; p++) before += j->found[p];
  for (int d = rank - 1; d >= 0; d--) {
    position[d] = rest % cr_sizes(j->mask)[d];
    rest /= cr_sizes(j->mask)[d];
  }
#define WRITE(name) write_##name(j->mask->data, from, rank, cr_sizes(j->mask), position, j->found[part], j->out + before * rank)
  FOR_TYPE(j->mask->dtype, WRITE)
}

int64_t cr_nonzero(const cr_tensor *mask, int64_t *out) {
  job j = {.mask = mask, .parts = cr_parts(mask->count, 1 << 15), .out = out};
  if (mask->count == 0) return 0;
  if (j.parts > MAX_PARTS) j.parts = MAX_PARTS;
  cr_parallel(j.parts, count_part, &j);
  if (out && mask->rank > 0) cr_parallel(j.parts, write_part, &j);
  int64_t found = 0;
  for (int64_t p = 0; p < j.parts; p++) found += j.found[p];
  return found;
}
