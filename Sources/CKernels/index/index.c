// Gathering and scattering. Selecting rows is gathering with an index whose strides are 0 but in one dimension: one loop serves both,
// and lines inside a row are copied whole.
#include "cr_index.h"

#include <string.h>

#include "cr_threads.h"
#include "index/walk.h"

int64_t cr_wrap_indices(const int64_t *in, int64_t n, int64_t size, int64_t *out) {
  for (int64_t i = 0; i < n; i++) {
    if (in[i] < -size || in[i] >= size) return i;
    out[i] = in[i] < 0 ? in[i] + size : in[i];
  }
  return -1;
}

typedef struct {
  const int64_t *index;
  uint64_t size;
  int64_t passed;
  bool bad;
} check;

static bool check_line(void *context, int64_t count, const int64_t *offsets, const int64_t *steps) {
  check *c = context;
  const int64_t *index = c->index + offsets[0];
  bool bad = false;
  for (int64_t i = 0; i < count; i++) bad |= (uint64_t)index[i * steps[0]] >= c->size;
  if (!bad) {
    c->passed += count;
    return true;
  }
  while ((uint64_t)*index < c->size) {
    index += steps[0];
    c->passed++;
  }
  c->bad = true;
  return false;
}

// The flat position of the first index outside 0..<size, or -1.
static int64_t first_bad(int rank, const int64_t *sizes, const int64_t *strides, const int64_t *index, int64_t size) {
  walk w = {0};
  for (int d = 0; d < rank; d++) walk_add(&w, sizes[d], (int64_t[WALK_OPERANDS]){strides[d]});
  check c = {index, (uint64_t)size, 0, false};
  walk_lines(&w, check_line, &c);
  return c.bad ? c.passed : -1;
}

// Operand 0 is the tensor that is indexed (its stride along dim is left out), 1 the other one, 2 the index.
typedef struct {
  char *indexed, *other;
  const int64_t *index;
  int64_t stride;  // of the indexed tensor along dim
  size_t size;     // of an element, in bytes
  walk_line line;
  int rank, split;  // the dimension that is shared out; never dim
  int64_t parts;
  int64_t sizes[CR_MAX_RANK];
  int64_t strides[WALK_OPERANDS][CR_MAX_RANK];
} job;

#define NAME fetch_1
#define T uint8_t
#define MOVE(a, b) b = a
#include "index/line.inc"
#define NAME fetch_2
#define T uint16_t
#define MOVE(a, b) b = a
#include "index/line.inc"
#define NAME fetch_4
#define T uint32_t
#define MOVE(a, b) b = a
#include "index/line.inc"
#define NAME fetch_8
#define T uint64_t
#define MOVE(a, b) b = a
#include "index/line.inc"
#define NAME put_1
#define T uint8_t
#define MOVE(a, b) a = b
#include "index/line.inc"
#define NAME put_2
#define T uint16_t
#define MOVE(a, b) a = b
#include "index/line.inc"
#define NAME put_4
#define T uint32_t
#define MOVE(a, b) a = b
#include "index/line.inc"
#define NAME put_8
#define T uint64_t
#define MOVE(a, b) a = b
#include "index/line.inc"
#define NAME add_bool
#define T uint8_t
#define MOVE(a, b) a |= b
#include "index/line.inc"
#define NAME add_u8
#define T uint8_t
#define MOVE(a, b) a += b
#include "index/line.inc"
#define NAME add_i32
#define T uint32_t
#define MOVE(a, b) a += b
#include "index/line.inc"
#define NAME add_i64
#define T uint64_t
#define MOVE(a, b) a += b
#include "index/line.inc"
#define NAME add_f32
#define T float
#define MOVE(a, b) a += b
#include "index/line.inc"
#define NAME add_f64
#define T double
#define MOVE(a, b) a += b
#include "index/line.inc"

static walk_line fetching(cr_dtype dtype) {
  size_t size = cr_dtype_size(dtype);
  return size == 1 ? fetch_1 : size == 2 ? fetch_2 : size == 4 ? fetch_4 : fetch_8;
}

static walk_line putting(cr_dtype dtype) {
  size_t size = cr_dtype_size(dtype);
  return size == 1 ? put_1 : size == 2 ? put_2 : size == 4 ? put_4 : put_8;
}

static walk_line adding(cr_dtype dtype) {
  switch (dtype) {
    case CR_BOOL: return add_bool;
    case CR_UINT8: return add_u8;
    case CR_INT32: return add_i32;
    case CR_INT64: return add_i64;
    case CR_FLOAT32: return add_f32;
    default: return add_f64;
  }
}

// Products, and extrema where NaN wins.
#define COMBINE(suffix, type)                       \
  static type greater_##suffix(type a, type b) { return ((a != a) | (a >= b)) ? a : b; } \
  static type lesser_##suffix(type a, type b) { return ((a != a) | (a <= b)) ? a : b; }
COMBINE(u8, uint8_t)
COMBINE(i32, int32_t)
COMBINE(i64, int64_t)
COMBINE(f32, float)
COMBINE(f64, double)
#define NAME multiply_u8
#define T uint8_t
#define MOVE(a, b) a *= b
#include "index/line.inc"
#define NAME multiply_i32
#define T uint32_t
#define MOVE(a, b) a *= b
#include "index/line.inc"
#define NAME multiply_i64
#define T uint64_t
#define MOVE(a, b) a *= b
#include "index/line.inc"
#define NAME multiply_f32
#define T float
#define MOVE(a, b) a *= b
#include "index/line.inc"
#define NAME multiply_f64
#define T double
#define MOVE(a, b) a *= b
#include "index/line.inc"
#define NAME raise_u8
#define T uint8_t
#define MOVE(a, b) a = greater_u8(a, b)
#include "index/line.inc"
#define NAME raise_i32
#define T int32_t
#define MOVE(a, b) a = greater_i32(a, b)
#include "index/line.inc"
#define NAME raise_i64
#define T int64_t
#define MOVE(a, b) a = greater_i64(a, b)
#include "index/line.inc"
#define NAME raise_f32
#define T float
#define MOVE(a, b) a = greater_f32(a, b)
#include "index/line.inc"
#define NAME raise_f64
#define T double
#define MOVE(a, b) a = greater_f64(a, b)
#include "index/line.inc"
#define NAME lower_u8
#define T uint8_t
#define MOVE(a, b) a = lesser_u8(a, b)
#include "index/line.inc"
#define NAME lower_i32
#define T int32_t
#define MOVE(a, b) a = lesser_i32(a, b)
#include "index/line.inc"
#define NAME lower_i64
#define T int64_t
#define MOVE(a, b) a = lesser_i64(a, b)
#include "index/line.inc"
#define NAME lower_f32
#define T float
#define MOVE(a, b) a = lesser_f32(a, b)
#include "index/line.inc"
#define NAME lower_f64
#define T double
#define MOVE(a, b) a = lesser_f64(a, b)
#include "index/line.inc"

static walk_line combining(cr_combination op, cr_dtype dtype) {
  static const walk_line lines[3][5] = {
      {multiply_u8, multiply_i32, multiply_i64, multiply_f32, multiply_f64},
      {raise_u8, raise_i32, raise_i64, raise_f32, raise_f64},
      {lower_u8, lower_i32, lower_i64, lower_f32, lower_f64},
  };
  int column = dtype == CR_INT32 ? 1 : dtype == CR_INT64 ? 2 : dtype == CR_FLOAT32 ? 3 : dtype == CR_FLOAT64 ? 4 : 0;
  return lines[op][column];
}

static void run_part(void *context, int64_t part) {
  job j = *(const job *)context;
  if (j.parts > 1) {
    int s = j.split;
    int64_t from = j.sizes[s] * part / j.parts, to = j.sizes[s] * (part + 1) / j.parts;
    j.indexed += from * j.strides[0][s] * (int64_t)j.size;
    j.other += from * j.strides[1][s] * (int64_t)j.size;
    j.index += from * j.strides[2][s];
    j.sizes[s] = to - from;
  }
  walk w = {0};
  for (int d = 0; d < j.rank; d++) walk_add(&w, j.sizes[d], (int64_t[WALK_OPERANDS]){j.strides[0][d], j.strides[1][d], j.strides[2][d]});
  walk_lines(&w, j.line, &j);
}

// Shared out along a dimension other than dim: no two parts write one element, and each keeps the order of its own. The indices have been
// checked.
static void run(const cr_tensor *indexed, int dim, const int64_t *index, const int64_t *sizes, const int64_t *index_strides, void *other,
                const int64_t *other_strides, walk_line line) {
  int rank = indexed->rank;
  job j = {.indexed = indexed->data, .other = other, .index = index, .size = cr_dtype_size(indexed->dtype), .line = line, .rank = rank,
           .split = -1, .stride = rank > 0 ? cr_strides(indexed)[dim] : 0};
  int64_t count = 1;
  for (int d = 0; d < rank; d++) {
    j.sizes[d] = sizes[d];
    j.strides[0][d] = d == dim ? 0 : cr_strides(indexed)[d];
    j.strides[1][d] = other_strides ? other_strides[d] : 0;
    j.strides[2][d] = index_strides[d];
    if (d != dim && (j.split < 0 || sizes[d] > sizes[j.split])) j.split = d;
    count *= sizes[d];
  }
  if (count == 0) return;
  j.parts = cr_parts(count, 1 << 15);
  if (j.split < 0) j.parts = 1;
  else if (j.parts > sizes[j.split]) j.parts = sizes[j.split];
  cr_parallel(j.parts, run_part, &j);
}

// An index tensor of the other tensor's rank, checked.
static int64_t run_index(const cr_tensor *indexed, int dim, const cr_tensor *index, void *other, const int64_t *other_strides,
                         walk_line line) {
  const int64_t *sizes = cr_sizes(index), *strides = cr_strides(index);
  int64_t bad = first_bad(indexed->rank, sizes, strides, index->data, indexed->rank > 0 ? cr_sizes(indexed)[dim] : 1);
  if (bad < 0) run(indexed, dim, index->data, sizes, strides, other, other_strides, line);
  return bad;
}

// Whole rows that lie in one piece: `before` times n of them, for a list of indices.
typedef struct {
  job lines;                          // what a line function reads
  int64_t size, n, before, row, parts;  // slices of the indexed tensor along dim; indices; elements of a row
} row_job;

// A part owns some rows of the result; those of a list are written in the list's order.
static void fetch_rows(void *context, int64_t part) {
  const row_job *j = context;
  size_t bytes = (size_t)j->row * j->lines.size;
  int64_t rows = j->before * j->n;
  for (int64_t r = rows * part / j->parts, end = rows * (part + 1) / j->parts; r < end; r++)
    memcpy(j->lines.other + (size_t)r * bytes, j->lines.indexed + (size_t)(r / j->n * j->size + j->lines.index[r % j->n]) * bytes, bytes);
}

static void write_rows(void *context, int64_t part) {
  const row_job *j = context;
  int64_t rows = j->before * j->size, from = rows * part / j->parts, end = rows * (part + 1) / j->parts;
  for (int64_t b = from / j->size; b * j->size < end; b++)
    for (int64_t i = 0; i < j->n; i++) {
      int64_t r = b * j->size + j->lines.index[i];
      if (r < from || r >= end) continue;
      // The line function finds the row by the index itself.
      j->lines.line((void *)&j->lines, j->row, (int64_t[WALK_OPERANDS]){b * j->size * j->row, (b * j->n + i) * j->row, i},
                    (int64_t[WALK_OPERANDS]){1, 1, 0});
    }
}

// A list of indices along dim.
static int64_t run_list(const cr_tensor *indexed, int dim, const int64_t *index, int64_t n, const cr_tensor *other, walk_line line,
                        cr_task rows_of_one_piece) {
  int rank = indexed->rank;
  int64_t size = rank > 0 ? cr_sizes(indexed)[dim] : 1, one = 1, bad = first_bad(1, &n, &one, index, size);
  if (bad >= 0 || n == 0 || other->count == 0) return bad;
  int64_t row = 1;
  for (int d = dim + 1; d < rank; d++) row *= cr_sizes(indexed)[d];
  size_t bytes = cr_dtype_size(indexed->dtype);
  if ((size_t)row * bytes >= 64 && indexed->contiguous && other->contiguous) {
    row_job j = {.lines = {.indexed = indexed->data, .other = other->data, .index = index, .stride = row, .size = bytes, .line = line},
                 .size = size, .n = n, .before = other->count / (n * row), .row = row, .parts = cr_parts(other->count, 1 << 15)};
    cr_parallel(j.parts, rows_of_one_piece, &j);
    return bad;
  }
  // As an index of the other tensor's sizes.
  int64_t sizes[CR_MAX_RANK], strides[CR_MAX_RANK] = {0};
  for (int d = 0; d < rank; d++) sizes[d] = d == dim ? n : cr_sizes(other)[d];
  if (rank > 0) strides[dim] = 1;
  run(indexed, dim, index, sizes, strides, other->data, cr_strides(other), line);
  return bad;
}

int64_t cr_index_select(const cr_tensor *x, int dim, const int64_t *index, int64_t n, cr_tensor *out) {
  return run_list(x, dim, index, n, out, fetching(x->dtype), fetch_rows);
}

int64_t cr_index_copy(cr_tensor *into, int dim, const int64_t *index, int64_t n, const cr_tensor *src) {
  return run_list(into, dim, index, n, src, putting(into->dtype), write_rows);
}

int64_t cr_index_add(cr_tensor *into, int dim, const int64_t *index, int64_t n, const cr_tensor *src) {
  return run_list(into, dim, index, n, src, adding(into->dtype), write_rows);
}

int64_t cr_gather(const cr_tensor *x, int dim, const cr_tensor *index, cr_tensor *out) {
  return run_index(x, dim, index, out->data, cr_strides(out), fetching(x->dtype));
}

int64_t cr_scatter(cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src) {
  return run_index(into, dim, index, src->data, cr_strides(src), putting(into->dtype));
}

int64_t cr_scatter_value(cr_tensor *into, int dim, const cr_tensor *index, const void *value) {
  return run_index(into, dim, index, (void *)value, NULL, putting(into->dtype));
}

int64_t cr_scatter_add(cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src) {
  return run_index(into, dim, index, src->data, cr_strides(src), adding(into->dtype));
}

int64_t cr_scatter_combine(cr_combination op, cr_tensor *into, int dim, const cr_tensor *index, const cr_tensor *src) {
  return run_index(into, dim, index, src->data, cr_strides(src), combining(op, into->dtype));
}
