#include "elementwise/loop.h"

#include <string.h>

#include "cr_threads.h"
#include "elementwise/table.h"

// Elements gathered at a time from operands that are not rows: 4 KB of float64 each, all of it stays in L1.
#define BLOCK 512
// Rows shorter than this are gathered together.
#define SHORT_ROW 64
// Of an operand walked against its grain a box is transposed at a time: so many rows of so many elements, 32 KB of float64.
#define BOX_ROWS 32
#define BOX_WIDTH 128

void cr_broadcast_strides(const cr_tensor *x, const cr_tensor *out, int64_t *strides) {
  int offset = out->rank - x->rank;
  for (int d = 0; d < out->rank; d++) {
    int e = d - offset;
    strides[d] = e < 0 || (x->dims[e] == 1 && out->dims[d] != 1) ? 0 : cr_strides(x)[e];
  }
}

int cr_merge_dims(int rank, int64_t *sizes, int operand_count, int64_t (*strides)[CR_MAX_RANK]) {
  int kept = 0;
  for (int d = 0; d < rank; d++) {
    if (sizes[d] == 1) continue;
    bool merges = kept > 0;
    for (int k = 0; merges && k < operand_count; k++) merges = strides[k][kept - 1] == strides[k][d] * sizes[d];
    int target = merges ? kept - 1 : kept;
    sizes[target] = merges ? sizes[target] * sizes[d] : sizes[d];
    for (int k = 0; k < operand_count; k++) strides[k][target] = strides[k][d];
    if (!merges) kept++;
  }
  return kept;
}

typedef struct loop {
  int rank, inputs;
  int column;                                       // the outer dimension some operand walks in unit steps, or -1
  bool scalar_rows, ok;
  int64_t count, parts, unit;
  int64_t sizes[CR_MAX_RANK];
  int64_t strides[CR_MAX_INPUTS + 1][CR_MAX_RANK];  // elements
  char *data[CR_MAX_INPUTS + 1];
  int64_t width[CR_MAX_INPUTS + 1];                 // bytes of an element
  cr_row row;
  const void *context;
} loop;

static void copy_strided(char *restrict to, const char *from, int64_t stride, int64_t n, int64_t width) {
#define COPY(T)                                                                   \
  for (int64_t i = 0; i < n; i++) ((T *)to)[i] = ((const T *)from)[i * stride]
  if (stride == 1) memcpy(to, from, (size_t)(n * width));
  else if (width == 4) COPY(uint32_t);
  else if (width == 8) COPY(uint64_t);
  else if (width == 2) COPY(uint16_t);
  else COPY(uint8_t);
#undef COPY
}

// The coordinates of element `index`, and operand k's offset there.
static int64_t locate(const loop *l, int k, int64_t index, int64_t *coordinates) {
  int64_t offset = 0;
  for (int d = l->rank - 1; d >= 0; d--) {
    coordinates[d] = index % l->sizes[d];
    index /= l->sizes[d];
    offset += coordinates[d] * l->strides[k][d];
  }
  return offset;
}

// Copies elements [start, start + n) of operand k, in output order, to `to`.
static void gather(const loop *l, int k, int64_t start, int64_t n, char *to) {
  int64_t coordinates[CR_MAX_RANK], width = l->width[k];
  int last = l->rank - 1;
  int64_t offset = locate(l, k, start, coordinates);
  const int64_t *strides = l->strides[k];
  while (n > 0) {
    int64_t run = l->sizes[last] - coordinates[last];
    if (run > n) run = n;
    copy_strided(to, l->data[k] + offset * width, strides[last], run, width);
    to += run * width;
    n -= run;
    coordinates[last] += run;
    offset += run * strides[last];
    for (int d = last; d > 0 && coordinates[d] == l->sizes[d]; d--) {
      offset += strides[d - 1] - coordinates[d] * strides[d];
      coordinates[d] = 0;
      coordinates[d - 1]++;
    }
  }
}

static bool is_linear(const loop *l, int k) {
  return l->rank == 1 ? l->strides[k][0] == 1 : memcmp(l->strides[k], l->strides[0], (size_t)l->rank * sizeof(int64_t)) == 0;
}

static bool is_single(const loop *l, int k) { return l->rank == 1 && l->strides[k][0] == 0; }

// Blocks of `unit` elements; what is not walked in the output's order is gathered.
static bool run_blocks(const loop *l, int64_t begin, int64_t end) {
  _Alignas(64) char buffers[CR_MAX_INPUTS][BLOCK * 8];
  char *operands[CR_MAX_INPUTS + 1];
  bool ok = true, full = false;
  // A block holds whole periods of an operand broadcast along the outer of two dimensions, so one gather serves all blocks.
  bool periodic = l->rank == 2 && l->unit % l->sizes[1] == 0;
  for (int64_t start = begin; start < end; start += l->unit) {
    int64_t n = end - start < l->unit ? end - start : l->unit;
    operands[0] = l->data[0] + start * l->width[0];
    for (int k = 1; k <= l->inputs; k++) {
      if (is_linear(l, k)) {
        operands[k] = l->data[k] + start * l->width[k];
      } else {
        operands[k] = buffers[k - 1];
        if (!(full && (is_single(l, k) || (periodic && l->strides[k][0] == 0)))) gather(l, k, start, n, operands[k]);
      }
    }
    full = true;
    ok &= l->row(l->context, operands, 0, n);
  }
  return ok;
}

// Pieces of innermost rows; operands of inner stride 1 are read where they are, stride 0 as scalars where the kernel takes them.
static bool run_long_rows(const loop *l, int64_t begin, int64_t end) {
  _Alignas(64) char buffers[CR_MAX_INPUTS][BLOCK * 8];
  char *operands[CR_MAX_INPUTS + 1];
  int last = l->rank - 1;
  unsigned scalars = 0, gathered = 0;
  for (int k = 1; k <= l->inputs; k++) {
    int64_t stride = l->strides[k][last];
    bool scalar = stride == 0 && l->scalar_rows && l->inputs > 1 && scalars == 0;
    if (scalar) scalars |= 1u << k;
    else if (stride != 1) gathered |= 1u << k;
  }
  bool ok = true;
  int64_t coordinates[CR_MAX_RANK], offsets[CR_MAX_INPUTS + 1];
  for (int k = 1; k <= l->inputs; k++) offsets[k] = locate(l, k, begin, coordinates);
  for (int64_t start = begin; start < end;) {
    int64_t n = l->sizes[last] - coordinates[last];
    if (n > end - start) n = end - start;
    if (gathered && n > BLOCK) n = BLOCK;
    operands[0] = l->data[0] + start * l->width[0];
    for (int k = 1; k <= l->inputs; k++) {
      char *source = l->data[k] + offsets[k] * l->width[k];
      operands[k] = gathered & 1u << k ? buffers[k - 1] : source;
      if (gathered & 1u << k) copy_strided(operands[k], source, l->strides[k][last], n, l->width[k]);
      offsets[k] += n * l->strides[k][last];
    }
    ok &= l->row(l->context, operands, scalars, n);
    start += n;
    coordinates[last] += n;
    for (int d = last; d > 0 && coordinates[d] == l->sizes[d]; d--) {
      coordinates[d] = 0;
      coordinates[d - 1]++;
      for (int k = 1; k <= l->inputs; k++) offsets[k] += l->strides[k][d - 1] - l->sizes[d] * l->strides[k][d];
    }
  }
  return ok;
}

static bool is_turned(const loop *l, int k) {
  int64_t stride = l->strides[k][l->rank - 1];
  return stride != 0 && stride != 1 && l->strides[k][l->column] == 1;
}

// `rows` rows of `column` by the whole last dimension, in boxes; `base` holds each operand's offset at the first.
static bool run_boxes(const loop *l, const int64_t *base, int64_t rows) {
  _Alignas(64) char buffers[CR_MAX_INPUTS][BOX_ROWS * BOX_WIDTH * 8];
  char *operands[CR_MAX_INPUTS + 1];
  int last = l->rank - 1;
  bool ok = true;
  for (int64_t i = 0; i < l->sizes[last]; i += BOX_WIDTH) {
    int64_t n = l->sizes[last] - i < BOX_WIDTH ? l->sizes[last] - i : BOX_WIDTH;
    for (int k = 1; k <= l->inputs; k++)
      if (is_turned(l, k))
        cr_kernels.elementwise->transpose[l->width[k]](l->data[k] + (base[k] + i * l->strides[k][last]) * l->width[k], l->strides[k][last],
                                               buffers[k - 1], BOX_WIDTH, n, rows);
    for (int64_t r = 0; r < rows; r++) {
      unsigned scalars = 0;
      for (int k = 0; k <= l->inputs; k++) {
        int64_t width = l->width[k], stride = l->strides[k][last];
        operands[k] = l->data[k] + (base[k] + r * l->strides[k][l->column] + i * stride) * width;
        if (k == 0 || stride == 1) continue;
        char *buffer = buffers[k - 1];
        if (is_turned(l, k)) {
          operands[k] = buffer + r * BOX_WIDTH * width;
        } else if (stride == 0 && l->scalar_rows && scalars == 0) {
          scalars |= 1u << k;
        } else {
          copy_strided(buffer, operands[k], stride, n, width);
          operands[k] = buffer;
        }
      }
      ok &= l->row(l->context, operands, scalars, n);
    }
  }
  return ok;
}

// Boxes are numbered over all dimensions but the last, `column` counting in steps of BOX_ROWS.
static int64_t box_count(const loop *l) {
  int64_t count = 1;
  for (int d = 0; d < l->rank - 1; d++) count *= d == l->column ? (l->sizes[d] + BOX_ROWS - 1) / BOX_ROWS : l->sizes[d];
  return count;
}

static bool run_box(const loop *l, int64_t index) {
  int64_t base[CR_MAX_INPUTS + 1] = {0}, rows = 0;
  for (int d = l->rank - 2; d >= 0; d--) {
    int64_t size = d == l->column ? (l->sizes[d] + BOX_ROWS - 1) / BOX_ROWS : l->sizes[d], c = index % size;
    index /= size;
    if (d == l->column) {
      c *= BOX_ROWS;
      rows = l->sizes[d] - c < BOX_ROWS ? l->sizes[d] - c : BOX_ROWS;
    }
    for (int k = 0; k <= l->inputs; k++) base[k] += c * l->strides[k][d];
  }
  return run_boxes(l, base, rows);
}

// The outer dimension some operand walks in unit steps where its last steps are longer, or -1.
static int find_column(const loop *l) {
  int last = l->rank - 1;
  if (l->sizes[last] < SHORT_ROW) return -1;
  for (int k = 1; k <= l->inputs; k++)
    for (int d = 0; d < last; d++)
      if (l->strides[k][last] != 0 && l->strides[k][last] != 1 && l->strides[k][d] == 1 && l->sizes[d] >= 8) return d;
  return -1;
}

static bool run_range(const loop *l, int64_t begin, int64_t end) {
  bool short_rows = l->rank > 1 && l->sizes[l->rank - 1] < SHORT_ROW;
  return short_rows ? run_blocks(l, begin, end) : run_long_rows(l, begin, end);
}

static void run_part(void *context, int64_t part) {
  loop *l = context;
  bool ok = true;
  if (l->column >= 0) {
    int64_t boxes = box_count(l), end = boxes * (part + 1) / l->parts;
    for (int64_t i = boxes * part / l->parts; i < end; i++) ok &= run_box(l, i);
    if (!ok) __atomic_store_n(&l->ok, false, __ATOMIC_RELAXED);
    return;
  }
  int64_t units = (l->count + l->unit - 1) / l->unit;
  int64_t begin = units * part / l->parts * l->unit, end = units * (part + 1) / l->parts * l->unit;
  ok = run_range(l, begin, end < l->count ? end : l->count);
  if (!ok) __atomic_store_n(&l->ok, false, __ATOMIC_RELAXED);
}

bool cr_run_rows(cr_tensor *out, const cr_tensor *const *inputs, int input_count, bool scalar_rows, cr_row row, const void *context) {
  if (out->count == 0) return true;
  loop l;
  l.inputs = input_count;
  l.scalar_rows = scalar_rows;
  l.ok = true;
  l.count = out->count;
  l.row = row;
  l.context = context;
  l.data[0] = out->data;
  l.width[0] = (int64_t)cr_dtype_size(out->dtype);
  int64_t stride = 1;
  for (int d = out->rank - 1; d >= 0; d--) {
    l.sizes[d] = out->dims[d];
    l.strides[0][d] = stride;
    stride *= out->dims[d];
  }
  for (int k = 1; k <= input_count; k++) {
    l.data[k] = inputs[k - 1]->data;
    l.width[k] = (int64_t)cr_dtype_size(inputs[k - 1]->dtype);
    cr_broadcast_strides(inputs[k - 1], out, l.strides[k]);
  }
  l.rank = cr_merge_dims(out->rank, l.sizes, input_count + 1, l.strides);
  if (l.rank == 0) {
    l.rank = 1;
    l.sizes[0] = 1;
    for (int k = 0; k <= input_count; k++) l.strides[k][0] = 1;
  }
  int64_t inner = l.sizes[l.rank - 1];
  l.unit = l.rank == 2 && inner < SHORT_ROW ? BLOCK / inner * inner : BLOCK;
  l.parts = cr_parts(l.count, CR_ELEMENTWISE_GRAIN);
  l.column = find_column(&l);
  cr_parallel(l.parts, run_part, &l);
  return l.ok;
}
