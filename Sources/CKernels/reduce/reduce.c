// Reductions of strided tensors. The plan and the split into parts follow from shape and strides alone.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cr_elementwise.h"
#include "cr_memory.h"
#include "cr_threads.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"
#include "elementwise/program.h"
#include "reduce/pack.h"
#include "reduce/table.h"

// Elements a part reads at least.
#define GRAIN 65536
#define LEVELS 48

typedef struct plan {
  const cr_reducer *reducer;
  const char *x, *limit;
  int64_t width, accumulator;              // bytes of an element, of an accumulator
  int kept_rank, reduced_rank;
  int64_t kept_sizes[CR_MAX_RANK], kept_strides[1][CR_MAX_RANK];
  int64_t reduced_sizes[CR_MAX_RANK], reduced_strides[1][CR_MAX_RANK];
  bool columns;                            // the unit stride is kept: strips of columns; else runs
  int64_t units;                           // strips or kept elements
  int64_t strips;                          // strips in a kept row
  int64_t splits, parts;                   // of the outermost reduced dimension; of the work
  char *partials;                          // [splits][kept elements] accumulators
  size_t partials_capacity;
  int64_t kept_count;
} plan;

static int64_t offset_of(int rank, const int64_t *sizes, const int64_t *strides, int64_t index) {
  int64_t offset = 0;
  for (int d = rank - 1; d >= 0; d--) {
    offset += index % sizes[d] * strides[d];
    index /= sizes[d];
  }
  return offset;
}

// Joins accumulators in the shape of a binary counter: pairwise, whatever their number.
typedef struct tower {
  const plan *p;
  int64_t lanes, count;
  _Alignas(64) char levels[LEVELS][CR_LANES * 8];
} tower;

static void push(tower *t, char *value) {
  int level = 0;
  for (int64_t carry = t->count++; carry & 1; carry >>= 1, level++) {
    t->p->reducer->merge(t->levels[level], value, t->lanes);
    memcpy(value, t->levels[level], (size_t)(t->lanes * t->p->accumulator));
  }
  memcpy(t->levels[level], value, (size_t)(t->lanes * t->p->accumulator));
}

static char *finish(tower *t) {
  char *total = NULL;
  for (int level = 0; t->count >> level; level++) {
    if (!(t->count >> level & 1)) continue;
    if (total) t->p->reducer->merge(t->levels[level], total, t->lanes);
    total = t->levels[level];
  }
  return total;
}

// Reduces one unit over [begin, end) of the outermost reduced dimension.
static void reduce_unit(const plan *p, int64_t unit, int64_t begin, int64_t end, char *to) {
  _Alignas(64) char value[CR_LANES * 8];
  int last = p->reduced_rank - 1, outer_rank = last;
  int64_t lanes = 1, kept_offset;
  if (p->columns) {
    int64_t row = unit / p->strips, column = unit % p->strips * CR_LANES, size = p->kept_sizes[p->kept_rank - 1];
    lanes = size - column < CR_LANES ? size - column : CR_LANES;
    kept_offset = offset_of(p->kept_rank - 1, p->kept_sizes, p->kept_strides[0], row) + column;
  } else {
    kept_offset = offset_of(p->kept_rank, p->kept_sizes, p->kept_strides[0], unit);
  }
  int64_t n = p->reduced_sizes[last], stride = p->reduced_strides[0][last], runs = 1;
  const char *x = p->x + kept_offset * p->width;
  if (last == 0) {
    x += begin * stride * p->width;
    n = end - begin;
  } else {
    runs = end - begin;
    for (int d = 1; d < outer_rank; d++) runs *= p->reduced_sizes[d];
  }
  int64_t first = 0;
  if (last > 0) {
    first = begin;
    for (int d = 1; d < outer_rank; d++) first *= p->reduced_sizes[d];
  }
  if (runs == 1 && !p->columns) {
    p->reducer->run(x + offset_of(outer_rank, p->reduced_sizes, p->reduced_strides[0], first) * p->width, n, to);
    return;
  }
  if (runs == 1) {
    const char *from = x + offset_of(outer_rank, p->reduced_sizes, p->reduced_strides[0], first) * p->width;
    p->reducer->strip(from, stride, n, lanes, p->limit, value);
    memcpy(to, value, (size_t)(lanes * p->accumulator));
    return;
  }
  tower t;  // not cleared: only the levels its count names are read
  t.p = p;
  t.lanes = lanes;
  t.count = 0;
  for (int64_t r = 0; r < runs; r++) {
    const char *from = x + (last > 0 ? offset_of(outer_rank, p->reduced_sizes, p->reduced_strides[0], first + r) : 0) * p->width;
    if (p->columns) p->reducer->strip(from, stride, n, lanes, p->limit, value);
    else p->reducer->run(from, n, value);
    push(&t, value);
  }
  memcpy(to, finish(&t), (size_t)(lanes * p->accumulator));
}

static char *unit_result(const plan *p, int64_t split, int64_t unit) {
  int64_t element = unit;
  if (p->columns) element = unit / p->strips * p->kept_sizes[p->kept_rank - 1] + unit % p->strips * CR_LANES;
  return p->partials + (split * p->kept_count + element) * p->accumulator;
}

static void run_part(void *context, int64_t part) {
  const plan *p = context;
  int64_t outermost = p->reduced_sizes[0];
  if (p->splits > 1) {
    int64_t begin = outermost * part / p->splits, end = outermost * (part + 1) / p->splits;
    for (int64_t u = 0; u < p->units; u++) reduce_unit(p, u, begin, end, unit_result(p, part, u));
  } else {
    int64_t end = p->units * (part + 1) / p->parts;
    for (int64_t u = p->units * part / p->parts; u < end; u++) reduce_unit(p, u, 0, outermost, unit_result(p, 0, u));
  }
}

// Rows shorter than CR_SHORT_ROW, one behind the other: CR_LANES of them are transposed and reduced as a strip of columns.
static void short_rows_part(void *context, int64_t part) {
  const plan *p = context;
  _Alignas(64) char columns[CR_SHORT_ROW * CR_LANES * 8], value[CR_LANES * 8];
  int64_t n = p->reduced_sizes[0], blocks = (p->kept_count + CR_LANES - 1) / CR_LANES, end = blocks * (part + 1) / p->parts;
  for (int64_t b = blocks * part / p->parts; b < end; b++) {
    int64_t first = b * CR_LANES, rows = p->kept_count - first < CR_LANES ? p->kept_count - first : CR_LANES;
    cr_kernels.elementwise->rows_to_columns[p->width](p->x + first * n * p->width, n, rows, p->limit, columns);
    p->reducer->strip(columns, CR_LANES, n, rows, columns + CR_SHORT_ROW * CR_LANES * 8, value);
    memcpy(p->partials + first * p->accumulator, value, (size_t)(rows * p->accumulator));
  }
}

static bool has_short_rows(const plan *p) {
  if (p->columns || p->reduced_rank != 1 || p->reduced_strides[0][0] != 1 || p->reduced_sizes[0] > CR_SHORT_ROW) return false;
  return p->kept_rank == 1 && p->kept_strides[0][0] == p->reduced_sizes[0] && p->kept_count >= CR_LANES / 4;
}

// Outer strides first, so that a transposed tensor merges like the plain one.
static void sort_by_stride(int rank, int64_t *sizes, int64_t *strides) {
  for (int d = 1; d < rank; d++)
    for (int e = d; e > 0 && llabs(strides[e - 1]) < llabs(strides[e]); e--) {
      int64_t size = sizes[e], stride = strides[e];
      sizes[e] = sizes[e - 1];
      strides[e] = strides[e - 1];
      sizes[e - 1] = size;
      strides[e - 1] = stride;
    }
}

static int64_t accumulator_size(cr_reduce_op op, cr_dtype dtype) {
  bool floating = dtype == CR_FLOAT32 || dtype == CR_FLOAT64;
  if (op == CR_ANY || op == CR_ALL) return 1;
  if (op == CR_COUNT_NONZERO || (!floating && (op == CR_SUM || op == CR_PROD))) return 8;
  return (int64_t)cr_dtype_size(dtype);
}

// False: no dimension to walk has unit stride (or one runs backwards); the caller packs x.
static bool make_plan(plan *p, cr_reduce_op op, const cr_tensor *x, const bool *reduced, cr_tensor *out) {
  p->reducer = &cr_kernels.reduce->reducers[op][x->dtype];
  p->width = (int64_t)cr_dtype_size(x->dtype);
  p->accumulator = accumulator_size(op, x->dtype);
  p->x = x->data;
  p->kept_rank = p->reduced_rank = 0;
  p->kept_count = out->count;
  int64_t extent = 1;
  bool unit = false;
  p->columns = false;
  for (int d = 0; d < x->rank; d++) {
    int64_t size = x->dims[d], stride = cr_strides(x)[d];
    if (size == 1) continue;
    if (stride < 0) return false;
    extent += (size - 1) * stride;
    if (stride == 1) unit = true;
    int *rank = reduced[d] ? &p->reduced_rank : &p->kept_rank;
    (reduced[d] ? p->reduced_sizes : p->kept_sizes)[*rank] = size;
    (reduced[d] ? p->reduced_strides : p->kept_strides)[0][(*rank)++] = stride;
  }
  if (!unit && x->count > 1) return false;
  p->limit = p->x + extent * p->width;
  sort_by_stride(p->reduced_rank, p->reduced_sizes, p->reduced_strides[0]);
  p->kept_rank = cr_merge_dims(p->kept_rank, p->kept_sizes, 1, p->kept_strides);
  p->reduced_rank = cr_merge_dims(p->reduced_rank, p->reduced_sizes, 1, p->reduced_strides);
  bool runs = p->reduced_rank > 0 && p->reduced_strides[0][p->reduced_rank - 1] == 1;
  if (p->reduced_rank == 0) {
    p->reduced_rank = 1;
    p->reduced_sizes[0] = 1;
    p->reduced_strides[0][0] = 1;
  }
  // A broadcast dimension sorts behind the one of unit stride; walking it last would make every run one element.
  if (p->kept_rank > 0 && p->kept_strides[0][p->kept_rank - 1] == 1) p->columns = true;
  if (!p->columns && !runs && x->count > 1) return false;
  p->strips = p->columns ? (p->kept_sizes[p->kept_rank - 1] + CR_LANES - 1) / CR_LANES : 1;
  p->units = p->columns ? p->kept_count / p->kept_sizes[p->kept_rank - 1] * p->strips : p->kept_count;
  p->parts = cr_parts(x->count, GRAIN);
  p->splits = 1;
  if (p->units < p->parts) {
    p->splits = p->parts < p->reduced_sizes[0] ? p->parts : p->reduced_sizes[0];
    p->parts = p->splits;
  }
  return true;
}

static void fill_identity(cr_reduce_op op, cr_tensor *out) {
  bool one = op == CR_PROD || op == CR_ALL;
  cr_scalar value = {op == CR_LOGSUMEXP ? -INFINITY : op == CR_MEAN ? NAN : one, one};
  if (op == CR_AMAX) value = (cr_scalar){-INFINITY, INT64_MIN};
  if (op == CR_AMIN) value = (cr_scalar){INFINITY, INT64_MAX};
  cr_fill(out, value);
}

// The partials of each element in pairs: halves onto halves.
static void join_splits(const plan *p, cr_tensor *out) {
  int64_t row = p->kept_count * p->accumulator;
  for (int64_t count = p->splits; count > 1; count = (count + 1) / 2)
    for (int64_t s = 0; s < count / 2; s++)
      p->reducer->merge(p->partials + s * row, p->partials + (s + (count + 1) / 2) * row, p->kept_count);
  memcpy(out->data, p->partials, (size_t)row);
  cr_free(p->partials, p->partials_capacity);
}

static void reduce_simple(cr_reduce_op op, const cr_tensor *x, const bool *reduced, cr_tensor *out) {
  plan p;
  if (!make_plan(&p, op, x, reduced, out)) {
    cr_packed packed;
    if (!cr_pack(x, reduced, &packed)) return;
    bool last_only[CR_MAX_RANK] = {false};
    last_only[1] = true;
    reduce_simple(op, &packed.tensor, last_only, out);
    cr_release(&packed);
    return;
  }
  if (has_short_rows(&p)) {
    p.partials = out->data;
    p.parts = cr_parts(x->count, GRAIN);
    cr_parallel(p.parts, short_rows_part, &p);
  } else if (p.splits == 1) {
    p.partials = out->data;
    cr_parallel(p.parts, run_part, &p);
  } else {
    p.partials = cr_scratch((size_t)(p.splits * p.kept_count * p.accumulator), &p.partials_capacity);
    if (!p.partials) return;
    cr_parallel(p.parts, run_part, &p);
    join_splits(&p, out);
  }
  if (op == CR_MEAN) cr_binary_scalar(CR_DIV, out, (cr_scalar){(double)(x->count / out->count), 0}, false, out);
}

// A pending operand: each part computes its share of the elements into a buffer and reduces that.
typedef struct program_plan {
  plan p;
  const cr_step *steps;
  int step_count;
  cr_dtype dtype;
  int64_t count;
} program_plan;

static void program_part(void *context, int64_t part) {
  const program_plan *q = context;
  int64_t begin = q->count * part / q->p.splits, end = q->count * (part + 1) / q->p.splits;
  size_t capacity;
  char *buffer = cr_scratch((size_t)((end - begin) * q->p.width), &capacity);
  if (!buffer) return;
  cr_run_steps(q->steps, q->step_count, q->dtype, begin, end, buffer);
  q->p.reducer->run(buffer, end - begin, q->p.partials + part * q->p.accumulator);
  cr_free(buffer, capacity);
}

void cr_reduce_program(cr_reduce_op op, const cr_step *steps, int step_count, cr_dtype dtype, int64_t count, cr_tensor *out) {
  program_plan q = {.steps = steps, .step_count = step_count, .dtype = dtype, .count = count};
  q.p.reducer = &cr_kernels.reduce->reducers[op][dtype];
  q.p.width = (int64_t)cr_dtype_size(dtype);
  q.p.accumulator = accumulator_size(op, dtype);
  q.p.kept_count = 1;
  q.p.splits = cr_parts(count, GRAIN);
  q.p.partials = cr_scratch((size_t)(q.p.splits * q.p.accumulator), &q.p.partials_capacity);
  if (!q.p.partials) return;
  cr_parallel(q.p.splits, program_part, &q);
  join_splits(&q.p, out);
  if (op == CR_MEAN) cr_binary_scalar(CR_DIV, out, (cr_scalar){(double)count, 0}, false, out);
}

void cr_reduce(cr_reduce_op op, const cr_tensor *x, const bool *reduced, cr_tensor *out) {
  if (out->count == 0) return;
  if (x->count == 0) return fill_identity(op, out);
  if (op == CR_ARGMAX || op == CR_ARGMIN) return cr_reduce_argument(op == CR_ARGMAX, x, reduced, NULL, out);
  if (op == CR_LOGSUMEXP) return cr_reduce_logsumexp(x, reduced, out);
  reduce_simple(op, x, reduced, out);
}

void cr_sum_to(const cr_tensor *x, cr_tensor *out) {
  bool reduced[CR_MAX_RANK];
  int offset = x->rank - out->rank;
  for (int d = 0; d < x->rank; d++) reduced[d] = d < offset || (out->dims[d - offset] == 1 && x->dims[d] != 1);
  if (x->dtype == CR_FLOAT32 || x->dtype == CR_FLOAT64) return cr_reduce(CR_SUM, x, reduced, out);
  cr_tensor sums = *out;
  sums.dtype = CR_INT64;
  sums.contiguous = true;
  size_t capacity;
  sums.data = cr_scratch((size_t)out->count * sizeof(int64_t), &capacity);
  if (!sums.data) return;
  cr_reduce(CR_SUM, x, reduced, &sums);
  cr_cast(&sums, out);
  cr_free(sums.data, capacity);
}
