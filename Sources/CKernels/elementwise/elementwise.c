// The entry points: contiguous operands of one size go straight to a row kernel, all else through elementwise_loop.c.
//
// Narrow types have no rows of their own. Block by block their elements become those of the wider type, in the first-level cache, that
// type's row works on them, and what comes out is rounded, or wraps around, once.
#include "cr_threads.h"
#include "cr_program.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"

bool cr_has_unary(cr_unary_op op, cr_dtype dtype) { return cr_kernels.elementwise->unary[op][cr_wide(dtype)] != NULL; }
bool cr_has_attribute(cr_attribute_op op, cr_dtype dtype) { return cr_kernels.elementwise->attribute[op][cr_wide(dtype)] != NULL; }
bool cr_has_binary(cr_binary_op op, cr_dtype dtype) { return cr_kernels.elementwise->binary[op][cr_wide(dtype)] != NULL; }

// What a row kernel needs beside its operands.
typedef struct call {
  union {
    cr_unary_row unary;
    cr_attribute_row attribute;
    cr_binary_row binary;
    cr_where_row where;
  } row;
  double a, b;
} call;

// Elements converted at a time: 2 KB of a wide type.
#define WIDE_BLOCK 512

// A row of the wide type around which narrow operands are converted.
typedef struct widening {
  call inner;
  cr_row run;                            // takes `inner`
  int inputs;
  cr_unary_row convert[CR_MAX_INPUTS];   // NULL for an input that is of the wide type already
  cr_unary_row finish;                   // NULL where the result is not narrow
  int64_t width[CR_MAX_INPUTS + 1];      // bytes of an element, outside
} widening;

static bool wide_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  const widening *w = context;
  _Alignas(64) char blocks[CR_MAX_INPUTS + 1][WIDE_BLOCK * 4];
  char *wide[CR_MAX_INPUTS + 1];
  bool ok = true;
  for (int64_t i = 0; i < n; i += WIDE_BLOCK) {
    int64_t m = n - i < WIDE_BLOCK ? n - i : WIDE_BLOCK;
    for (int k = 1; k <= w->inputs; k++) {
      bool is_scalar = scalars & 1u << k;
      wide[k] = operands[k] + (is_scalar ? 0 : i * w->width[k]);
      if (!w->convert[k - 1]) continue;
      w->convert[k - 1](wide[k], blocks[k], is_scalar ? 1 : m);
      wide[k] = blocks[k];
    }
    char *to = operands[0] + i * w->width[0];
    wide[0] = w->finish ? blocks[0] : to;
    ok &= w->run(&w->inner, wide, scalars, m);
    if (w->finish) w->finish(blocks[0], to, m);
  }
  return ok;
}

static bool run_wide(const cr_tensor *const *inputs, int input_count, cr_tensor *out, cr_row run, call inner) {
  widening w = {.inner = inner, .run = run, .inputs = input_count};
  for (int k = 0; k < input_count; k++) {
    cr_dtype type = inputs[k]->dtype;
    if (type != cr_wide(type)) w.convert[k] = cr_kernels.elementwise->cast[type][cr_wide(type)];
    w.width[k + 1] = (int64_t)cr_dtype_size(type);
  }
  if (out->dtype != cr_wide(out->dtype)) w.finish = cr_kernels.elementwise->cast[cr_wide(out->dtype)][out->dtype];
  w.width[0] = (int64_t)cr_dtype_size(out->dtype);
  return cr_run_rows(out, inputs, input_count, input_count == 2, wide_row, &w);
}

static bool unary_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  (void)scalars;
  ((const call *)context)->row.unary(operands[1], operands[0], n);
  return true;
}

static bool attribute_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  (void)scalars;
  const call *c = context;
  c->row.attribute(operands[1], operands[0], n, c->a, c->b);
  return true;
}

static bool binary_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  cr_row_mode mode = scalars & 4 ? CR_RIGHT_SCALAR : scalars & 2 ? CR_LEFT_SCALAR : CR_BOTH_ROWS;
  return ((const call *)context)->row.binary(operands[1], operands[2], operands[0], n, mode);
}

static bool where_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  (void)scalars;
  ((const call *)context)->row.where(operands[1], operands[2], operands[3], operands[0], n);
  return true;
}

static inline bool runs_directly(const cr_tensor *x, const cr_tensor *out) {
  return x->contiguous && x->count == out->count && out->count <= CR_ELEMENTWISE_GRAIN;
}

static void run_unary(cr_unary_row row, const cr_tensor *x, cr_tensor *out) {
  if (runs_directly(x, out)) return row(x->data, out->data, out->count);
  call c = {.row.unary = row};
  cr_run_rows(out, &x, 1, false, unary_row, &c);
}

void cr_unary(cr_unary_op op, const cr_tensor *x, cr_tensor *out) {
  cr_unary_row row = cr_kernels.elementwise->unary[op][x->dtype];
  if (row) run_unary(row, x, out);
  else run_wide(&x, 1, out, unary_row, (call){.row.unary = cr_kernels.elementwise->unary[op][cr_wide(x->dtype)]});
}

// One conversion after the other: to the type that a narrow one is computed in, from that to another's, and from there.
typedef struct conversions {
  cr_unary_row rows[3];
  int count;
  int64_t from, to;  // bytes of an element
} conversions;

static bool converted_row(const void *context, char *const *operands, unsigned scalars, int64_t n) {
  (void)scalars;
  const conversions *c = context;
  _Alignas(64) char blocks[2][WIDE_BLOCK * 8];
  for (int64_t i = 0; i < n; i += WIDE_BLOCK) {
    int64_t m = n - i < WIDE_BLOCK ? n - i : WIDE_BLOCK;
    const char *x = operands[1] + i * c->from;
    for (int k = 0; k < c->count; k++) {
      char *to = k + 1 == c->count ? operands[0] + i * c->to : blocks[k & 1];
      c->rows[k](x, to, m);
      x = to;
    }
  }
  return true;
}

void cr_cast(const cr_tensor *x, cr_tensor *out) {
  const cr_unary_row (*cast)[CR_DTYPES] = cr_kernels.elementwise->cast;
  cr_dtype from = x->dtype, to = out->dtype;
  if (cast[from][to]) return run_unary(cast[from][to], x, out);
  conversions c = {.from = (int64_t)cr_dtype_size(from), .to = (int64_t)cr_dtype_size(to)};
  const cr_dtype path[4] = {from, cr_wide(from), cr_wide(to), to};
  for (int i = 0; i < 3; i++)
    if (path[i] != path[i + 1]) c.rows[c.count++] = cast[path[i]][path[i + 1]];
  cr_run_rows(out, &x, 1, false, converted_row, &c);
}

void cr_unary_scalar(cr_attribute_op op, const cr_tensor *x, double a, double b, cr_tensor *out) {
  cr_attribute_row row = cr_kernels.elementwise->attribute[op][cr_wide(x->dtype)];
  if (x->dtype != cr_wide(x->dtype)) {
    run_wide(&x, 1, out, attribute_row, (call){.row.attribute = row, .a = a, .b = b});
    return;
  }
  if (runs_directly(x, out)) return row(x->data, out->data, out->count, a, b);
  call c = {.row.attribute = row, .a = a, .b = b};
  cr_run_rows(out, &x, 1, false, attribute_row, &c);
}

// What is not done by one call of a row. Kept out of the entry points, and called rather than jumped to, which would have them set up a
// stack frame in any case: all that takes longer than to add a few elements.
static __attribute__((noinline, not_tail_called)) bool run_binary(
    cr_binary_op op, const cr_tensor *a, const cr_tensor *b, cr_tensor *out) {
  cr_dtype wide = cr_wide(a->dtype);
  call c = {.row.binary = cr_kernels.elementwise->binary[op][wide]};
  const cr_tensor *inputs[2] = {a, b};
  return a->dtype != wide ? run_wide(inputs, 2, out, binary_row, c) : cr_run_rows(out, inputs, 2, true, binary_row, &c);
}

bool cr_binary(cr_binary_op op, const cr_tensor *a, const cr_tensor *b, cr_tensor *out) {
  cr_binary_row row = cr_kernels.elementwise->binary[op][a->dtype];
  if (row && runs_directly(a, out) && runs_directly(b, out)) return row(a->data, b->data, out->data, out->count, CR_BOTH_ROWS);
  return run_binary(op, a, b, out);
}

// The scalar in the tensor's own type.
static void store_scalar(void *to, cr_dtype dtype, cr_scalar s) {
  switch (dtype) {
    case CR_FLOAT32: *(float *)to = (float)s.f; break;
    case CR_FLOAT64: *(double *)to = s.f; break;
    case CR_INT32: *(int32_t *)to = (int32_t)s.i; break;
    case CR_INT64: *(int64_t *)to = s.i; break;
    case CR_BOOL: *(uint8_t *)to = s.f != 0; break;
    default: *(uint8_t *)to = (uint8_t)s.i; break;
  }
}

// A number beside a narrow type, in the wide one. It is rounded to the narrow type first, except where PyTorch's kernels take it as it
// is: in products and quotients of real numbers.
static void store_wide_scalar(void *to, cr_dtype dtype, cr_scalar s, cr_binary_op op) {
  cr_dtype wide = cr_wide(dtype);
  store_scalar(to, wide, s);
  if (cr_is_floating(dtype) && (op == CR_MUL || op == CR_DIV)) return;
  uint16_t narrow = 0;
  cr_kernels.elementwise->cast[wide][dtype](to, &narrow, 1);
  cr_kernels.elementwise->cast[dtype][wide](&narrow, to, 1);
}

static __attribute__((noinline)) bool run_binary_scalar(
    cr_binary_op op, const cr_tensor *x, cr_scalar s, bool scalar_on_left, cr_tensor *out) {
  cr_dtype wide = cr_wide(x->dtype);
  int64_t value = 0, no_dims = 0;
  cr_tensor scalar = {.data = &value, .dims = &no_dims, .count = 1, .dtype = wide, .contiguous = true};
  const cr_tensor *inputs[2] = {scalar_on_left ? &scalar : x, scalar_on_left ? x : &scalar};
  call c = {.row.binary = cr_kernels.elementwise->binary[op][wide]};
  if (x->dtype != wide) {
    store_wide_scalar(&value, x->dtype, s, op);
    return run_wide(inputs, 2, out, binary_row, c);
  }
  store_scalar(&value, wide, s);
  return cr_run_rows(out, inputs, 2, true, binary_row, &c);
}

bool cr_binary_scalar(cr_binary_op op, const cr_tensor *x, cr_scalar s, bool scalar_on_left, cr_tensor *out) {
  cr_unary_op power;
  if (op == CR_POW && cr_is_floating(x->dtype) && !scalar_on_left && cr_simple_power(s.f, &power)) return cr_unary(power, x, out), true;
  cr_binary_row row = cr_kernels.elementwise->binary[op][x->dtype];
  if (!row || !runs_directly(x, out)) return run_binary_scalar(op, x, s, scalar_on_left, out);
  int64_t value = 0;
  store_scalar(&value, x->dtype, s);
  return scalar_on_left ? row(&value, x->data, out->data, out->count, CR_LEFT_SCALAR)
                        : row(x->data, &value, out->data, out->count, CR_RIGHT_SCALAR);
}

void cr_accumulate(cr_tensor *into, const cr_tensor *x) { cr_binary(CR_ADD, into, x, into); }

void cr_where(const cr_tensor *condition, const cr_tensor *a, const cr_tensor *b, cr_tensor *out) {
  cr_where_row row = cr_kernels.elementwise->where[cr_dtype_size(out->dtype)];
  if (runs_directly(condition, out) && runs_directly(a, out) && runs_directly(b, out))
    return row(condition->data, a->data, b->data, out->data, out->count);
  call c = {.row.where = row};
  const cr_tensor *inputs[3] = {condition, a, b};
  cr_run_rows(out, inputs, 3, false, where_row, &c);
}
