// Stable sorting along one dimension. Elements become unsigned keys in the wanted order (NaN the greatest, -0 equal to 0), which are
// sorted with their indices: by insertion where they are few, else byte by byte from the lowest, leaving out bytes all share.
#include <string.h>

#include "cr_index.h"
#include "cr_memory.h"
#include "cr_threads.h"

typedef struct {
  uint64_t key;
  int64_t index;
} entry;

static inline uint64_t key_f32(float x) {
  if (x != x) return 0xffffffffu;
  if (x == 0) x = 0;
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static inline uint64_t key_f64(double x) {
  if (x != x) return ~0ull;
  if (x == 0) x = 0;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static void make_keys(cr_dtype dtype, const void *data, int64_t offset, int64_t stride, int64_t n, uint64_t flip, entry *e) {
#define KEYS(T, expression)                                            \
  for (int64_t i = 0; i < n; i++) {                                    \
    T x = ((const T *)data)[offset + i * stride];                      \
    e[i] = (entry){(uint64_t)(expression) ^ flip, i};                  \
  }                                                                    \
  break;
  switch (dtype) {
    case CR_FLOAT32: KEYS(float, key_f32(x))
    case CR_FLOAT64: KEYS(double, key_f64(x))
    case CR_INT32: KEYS(int32_t, (uint32_t)x ^ 0x80000000u)
    case CR_INT64: KEYS(int64_t, (uint64_t)x ^ 1ull << 63)
    default: KEYS(uint8_t, x)
  }
#undef KEYS
}

// Returns where the sorted entries are: `e` or `scratch`.
static entry *sort_entries(entry *e, entry *scratch, int64_t n, size_t bytes) {
  if (n <= 32) {
    for (int64_t i = 1; i < n; i++) {
      entry held = e[i];
      int64_t j = i;
      for (; j > 0 && e[j - 1].key > held.key; j--) e[j] = e[j - 1];
      e[j] = held;
    }
    return e;
  }
  int64_t histogram[8][256];
  memset(histogram, 0, bytes * sizeof histogram[0]);
  for (int64_t i = 0; i < n; i++)
    for (size_t b = 0; b < bytes; b++) histogram[b][e[i].key >> (8 * b) & 255]++;
  for (size_t b = 0; b < bytes; b++) {
    int64_t *start = histogram[b];
    if (start[e[0].key >> (8 * b) & 255] == n) continue;
    int64_t sum = 0;
    for (int v = 0; v < 256; v++) {
      int64_t count = start[v];
      start[v] = sum;
      sum += count;
    }
    for (int64_t i = 0; i < n; i++) scratch[start[e[i].key >> (8 * b) & 255]++] = e[i];
    entry *other = e;
    e = scratch;
    scratch = other;
  }
  return e;
}

// The k least entries in order, by insertion into a list that stays sorted.
static entry *select_entries(entry *e, entry *best, int64_t n, int64_t k) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (count == k && e[i].key >= best[k - 1].key) continue;
    int64_t j = count < k ? count++ : k - 1;
    for (; j > 0 && best[j - 1].key > e[i].key; j--) best[j] = best[j - 1];
    best[j] = e[i];
  }
  return best;
}

typedef struct {
  const cr_tensor *x;
  cr_tensor *values, *indices;
  entry *entries;  // 2 n for each part
  int64_t n, stride, k, lines, inner, parts;
  uint64_t flip;
  int dim;
} sort_job;

static void put_value(const cr_tensor *x, int64_t from, cr_tensor *values, int64_t to) {
  switch (cr_dtype_size(x->dtype)) {
    case 1: ((uint8_t *)values->data)[to] = ((const uint8_t *)x->data)[from]; break;
    case 4: ((uint32_t *)values->data)[to] = ((const uint32_t *)x->data)[from]; break;
    default: ((uint64_t *)values->data)[to] = ((const uint64_t *)x->data)[from]; break;
  }
}

static void sort_part(void *context, int64_t part) {
  const sort_job *j = context;
  entry *e = j->entries + part * 2 * j->n;
  size_t bytes = cr_dtype_size(j->x->dtype);
  for (int64_t line = j->lines * part / j->parts; line < j->lines * (part + 1) / j->parts; line++) {
    int64_t offset = 0, rest = line;
    for (int d = j->x->rank - 1; d >= 0; d--) {
      if (d == j->dim) continue;
      offset += rest % cr_sizes(j->x)[d] * cr_strides(j->x)[d];
      rest /= cr_sizes(j->x)[d];
    }
    make_keys(j->x->dtype, j->x->data, offset, j->stride, j->n, j->flip, e);
    bool few = j->k <= 16 && j->k < j->n;
    const entry *sorted = few ? select_entries(e, e + j->n, j->n, j->k) : sort_entries(e, e + j->n, j->n, bytes);
    int64_t first = line / j->inner * j->inner * j->k + line % j->inner;
    for (int64_t i = 0; i < j->k; i++) {
      if (j->values) put_value(j->x, offset + sorted[i].index * j->stride, j->values, first + i * j->inner);
      if (j->indices) ((int64_t *)j->indices->data)[first + i * j->inner] = sorted[i].index;
    }
  }
}

bool cr_topk(const cr_tensor *x, int dim, int64_t k, bool largest, cr_tensor *values, cr_tensor *indices) {
  if (x->count == 0 || k == 0) return true;
  sort_job j = {.x = x, .values = values, .indices = indices, .k = k, .dim = x->rank > 0 ? dim : -1, .inner = 1};
  j.n = x->rank > 0 ? cr_sizes(x)[dim] : 1;
  j.stride = x->rank > 0 ? cr_strides(x)[dim] : 0;
  j.lines = x->count / j.n;
  for (int d = dim + 1; d < x->rank; d++) j.inner *= cr_sizes(x)[d];
  if (largest) j.flip = cr_dtype_size(x->dtype) == 8 ? ~0ull : (1ull << (8 * cr_dtype_size(x->dtype))) - 1;
  j.parts = cr_parts(x->count, 1 << 12);
  if (j.parts > j.lines) j.parts = j.lines;
  size_t capacity, bytes;
  if (__builtin_mul_overflow((size_t)j.n, (size_t)j.parts * 2 * sizeof(entry), &bytes)) return false;
  j.entries = cr_alloc(bytes, &capacity);
  if (!j.entries) return false;
  cr_parallel(j.parts, sort_part, &j);
  cr_free(j.entries, capacity);
  return true;
}

bool cr_sort(const cr_tensor *x, int dim, bool descending, cr_tensor *values, cr_tensor *indices) {
  return cr_topk(x, dim, x->rank > 0 ? cr_sizes(x)[dim] : 1, descending, values, indices);
}
