// Copies and fills that may write a strided output.
#include <string.h>

#include "cr_elementwise.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"

// Both walks over one index space, dimensions sorted so that the output's strides fall.
typedef struct plan {
  int rank;
  int64_t count, parts, width;
  int64_t sizes[CR_MAX_RANK];
  int64_t strides[2][CR_MAX_RANK];  // output, input; elements
  char *out;
  const char *x;
  int column;                       // the outer dimension the input walks in unit steps, or -1
} plan;

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static void sort_dims(plan *p) {
  for (int d = 1; d < p->rank; d++)
    for (int e = d; e > 0 && magnitude(p->strides[0][e - 1]) < magnitude(p->strides[0][e]); e--)
      for (int k = 0; k < 3; k++) {
        int64_t *row = k == 2 ? p->sizes : p->strides[k];
        int64_t t = row[e];
        row[e] = row[e - 1];
        row[e - 1] = t;
      }
}

static void make_plan(plan *p, const cr_tensor *x, cr_tensor *out) {
  p->rank = out->rank;
  p->count = out->count;
  p->width = (int64_t)cr_dtype_size(out->dtype);
  p->out = out->data;
  p->x = x ? x->data : NULL;
  for (int d = 0; d < out->rank; d++) {
    p->sizes[d] = out->dims[d];
    p->strides[0][d] = cr_strides(out)[d];
    p->strides[1][d] = 0;
  }
  if (x) cr_broadcast_strides(x, out, p->strides[1]);
  sort_dims(p);
  p->rank = cr_merge_dims(p->rank, p->sizes, x ? 2 : 1, p->strides);
  if (p->rank == 0) {
    p->rank = 1;
    p->sizes[0] = 1;
    p->strides[0][0] = p->strides[1][0] = 1;
  }
}

static void copy_run(const plan *p, char *to, const char *from, int64_t n) {
  int64_t a = p->strides[0][p->rank - 1], b = p->strides[1][p->rank - 1];
#define COPY(T)                                                                            \
  for (int64_t i = 0; i < n; i++) ((T *)to)[i * a] = ((const T *)from)[i * b]
  if (a == 1 && b == 1) memmove(to, from, (size_t)(n * p->width));
  else if (p->width == 4) COPY(uint32_t);
  else if (p->width == 8) COPY(uint64_t);
  else if (p->width == 2) COPY(uint16_t);
  else COPY(uint8_t);
#undef COPY
}

// Where the input's unit stride is not the output's, `column` by the last dimension is transposed in squares: 64 x 64 float32 are
// four cache lines of each of 64 rows on either side.
#define TILE 64

static void copy_turned(const plan *p, char *to, const char *from, int64_t rows) {
  int64_t to_row = p->strides[0][p->column], from_row = p->strides[1][p->rank - 1], n = p->sizes[p->rank - 1];
  cr_transpose transpose = cr_kernels.elementwise->transpose[p->width];
  for (int64_t i = 0; i < n; i += TILE)
    transpose(from + i * from_row * p->width, from_row, to + i * p->width, to_row, n - i < TILE ? n - i : TILE, rows);
}

// Outer index `index` runs over all dimensions but the last (and but `column`, which counts in tiles there).
static void copy_outer(const plan *p, int64_t index) {
  int64_t a = 0, b = 0, rows = 1;
  int last = p->rank - 1;
  for (int d = last - 1; d >= 0; d--) {
    int64_t size = d == p->column ? (p->sizes[d] + TILE - 1) / TILE : p->sizes[d], c = index % size;
    index /= size;
    if (d == p->column) {
      c *= TILE;
      rows = p->sizes[d] - c < TILE ? p->sizes[d] - c : TILE;
    }
    a += c * p->strides[0][d];
    b += c * p->strides[1][d];
  }
  char *to = p->out + a * p->width;
  const char *from = p->x + b * p->width;
  if (p->column < 0) return copy_run(p, to, from, p->sizes[last]);
  copy_turned(p, to, from, rows);
}

static int64_t outer_count(const plan *p) {
  int64_t outer = 1;
  for (int d = 0; d < p->rank - 1; d++) outer *= d == p->column ? (p->sizes[d] + TILE - 1) / TILE : p->sizes[d];
  return outer;
}

static void copy_part(void *context, int64_t part) {
  const plan *p = context;
  if (p->rank == 1) {
    int64_t begin = p->sizes[0] * part / p->parts, end = p->sizes[0] * (part + 1) / p->parts;
    return copy_run(p, p->out + begin * p->strides[0][0] * p->width, p->x + begin * p->strides[1][0] * p->width, end - begin);
  }
  int64_t outer = outer_count(p), end = outer * (part + 1) / p->parts;
  for (int64_t i = outer * part / p->parts; i < end; i++) copy_outer(p, i);
}

void cr_copy(const cr_tensor *x, cr_tensor *out) {
  if (out->count == 0) return;
  if (x->contiguous && out->contiguous && x->count == out->count && out->count <= CR_ELEMENTWISE_GRAIN) {
    memmove(out->data, x->data, (size_t)out->count * cr_dtype_size(out->dtype));
    return;
  }
  plan p;
  make_plan(&p, x, out);
  p.column = -1;
  int last = p.rank - 1;
  if (p.strides[0][last] == 1 && magnitude(p.strides[1][last]) > 1)
    for (int d = 0; d < last; d++)
      if (p.strides[1][d] == 1 && p.sizes[d] >= 4) p.column = d;
  p.parts = cr_parts(p.count, CR_ELEMENTWISE_GRAIN);
  cr_parallel(p.parts, copy_part, &p);
}

// Calls fill(context, to, stride, n, first index) for every run of the output; serial, as fills of strided tensors are rare and those of
// contiguous ones are bound by memory.
typedef void (*fill_run)(const void *context, char *to, int64_t stride, int64_t n, int64_t index);

static void fill_runs(cr_tensor *out, fill_run fill, const void *context) {
  if (out->count == 0) return;
  int64_t width = (int64_t)cr_dtype_size(out->dtype);
  if (out->contiguous) return fill(context, out->data, 1, out->count, 0);
  int last = out->rank - 1;
  int64_t n = out->dims[last], rows = out->count / n;
  for (int64_t r = 0; r < rows; r++) {
    int64_t index = r, offset = 0;
    for (int d = last - 1; d >= 0; d--) {
      offset += index % out->dims[d] * cr_strides(out)[d];
      index /= out->dims[d];
    }
    fill(context, (char *)out->data + offset * width, cr_strides(out)[last], n, r * n);
  }
}

typedef struct filling {
  cr_dtype dtype;
  cr_scalar start, step;
} filling;

static void fill_value(const void *context, char *to, int64_t stride, int64_t n, int64_t index) {
  (void)index;
  const filling *f = context;
#define FILL(T, value)                                                  \
  {                                                                     \
    T v = (T)(value);                                                   \
    if (stride == 1) {                                                  \
      for (int64_t i = 0; i < n; i++) ((T *)to)[i] = v;                 \
    } else {                                                            \
      for (int64_t i = 0; i < n; i++) ((T *)to)[i * stride] = v;        \
    }                                                                   \
    break;                                                              \
  }
  switch (f->dtype) {
    case CR_FLOAT32: FILL(float, f->start.f)
    case CR_FLOAT64: FILL(double, f->start.f)
    case CR_INT32: FILL(int32_t, f->start.i)
    case CR_INT64: FILL(int64_t, f->start.i)
    case CR_BOOL: FILL(uint8_t, f->start.f != 0)
    case CR_INT16: case CR_FLOAT16: case CR_BFLOAT16: FILL(uint16_t, f->start.i)
    default: FILL(uint8_t, f->start.i)
  }
#undef FILL
}

static void fill_line(const void *context, char *to, int64_t stride, int64_t n, int64_t index) {
  const filling *f = context;
#define FILL(T, value)                                                  \
  for (int64_t i = 0; i < n; i++) ((T *)to)[i * stride] = (T)(value);   \
  break;
  uint64_t start = (uint64_t)f->start.i, step = (uint64_t)f->step.i;
  switch (f->dtype) {
    case CR_FLOAT32: FILL(float, f->start.f + (double)(index + i) * f->step.f)
    case CR_FLOAT64: FILL(double, f->start.f + (double)(index + i) * f->step.f)
    case CR_INT32: FILL(int32_t, start + (uint64_t)(index + i) * step)
    case CR_INT64: FILL(int64_t, start + (uint64_t)(index + i) * step)
    case CR_BOOL: FILL(uint8_t, start + (uint64_t)(index + i) * step != 0)
    default: FILL(uint8_t, start + (uint64_t)(index + i) * step)
  }
#undef FILL
}

// The bits of a number of a narrow type.
static __attribute__((noinline)) uint16_t narrow_bits(cr_dtype dtype, cr_scalar value) {
  cr_dtype wide = cr_wide(dtype);
  float f32 = (float)value.f;
  int32_t i32 = (int32_t)value.i;
  uint16_t bits = 0;
  cr_kernels.elementwise->cast[wide][dtype](wide == CR_FLOAT32 ? (void *)&f32 : &i32, &bits, 1);
  return bits;
}

void cr_fill(cr_tensor *out, cr_scalar value) {
  filling f = {out->dtype, value, {0, 0}};
  if (cr_is_narrow(out->dtype)) f.start.i = narrow_bits(out->dtype, value);
  fill_runs(out, fill_value, &f);
}

void cr_linear_fill(cr_tensor *out, double start, double step) {
  filling f = {out->dtype, {start, 0}, {step, 0}};
  fill_runs(out, fill_line, &f);
}

void cr_linear_fill_integer(cr_tensor *out, int64_t start, int64_t step) {
  filling f = {out->dtype, {0, start}, {0, step}};
  fill_runs(out, fill_line, &f);
}
