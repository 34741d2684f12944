// The entry points: contiguous operands of one size go straight to a row kernel, all else through elementwise_loop.c.
#include "cr_threads.h"
#include "cr_program.h"
#include "elementwise/loop.h"
#include "elementwise/table.h"

bool cr_has_unary(cr_unary_op op, cr_dtype dtype) { return cr_kernels.elementwise->unary[op][dtype] != NULL; }
bool cr_has_attribute(cr_attribute_op op, cr_dtype dtype) { return cr_kernels.elementwise->attribute[op][dtype] != NULL; }
bool cr_has_binary(cr_binary_op op, cr_dtype dtype) { return cr_kernels.elementwise->binary[op][dtype] != NULL; }

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

void cr_unary(cr_unary_op op, const cr_tensor *x, cr_tensor *out) { run_unary(cr_kernels.elementwise->unary[op][x->dtype], x, out); }

void cr_cast(const cr_tensor *x, cr_tensor *out) { run_unary(cr_kernels.elementwise->cast[x->dtype][out->dtype], x, out); }

void cr_unary_scalar(cr_attribute_op op, const cr_tensor *x, double a, double b, cr_tensor *out) {
  cr_attribute_row row = cr_kernels.elementwise->attribute[op][x->dtype];
  if (runs_directly(x, out)) return row(x->data, out->data, out->count, a, b);
  call c = {.row.attribute = row, .a = a, .b = b};
  cr_run_rows(out, &x, 1, false, attribute_row, &c);
}

bool cr_binary(cr_binary_op op, const cr_tensor *a, const cr_tensor *b, cr_tensor *out) {
  cr_binary_row row = cr_kernels.elementwise->binary[op][a->dtype];
  if (runs_directly(a, out) && runs_directly(b, out)) return row(a->data, b->data, out->data, out->count, CR_BOTH_ROWS);
  call c = {.row.binary = row};
  const cr_tensor *inputs[2] = {a, b};
  return cr_run_rows(out, inputs, 2, true, binary_row, &c);
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

bool cr_binary_scalar(cr_binary_op op, const cr_tensor *x, cr_scalar s, bool scalar_on_left, cr_tensor *out) {
  bool floating = x->dtype == CR_FLOAT32 || x->dtype == CR_FLOAT64;
  cr_unary_op power;
  if (op == CR_POW && floating && !scalar_on_left && cr_simple_power(s.f, &power)) return cr_unary(power, x, out), true;
  cr_binary_row row = cr_kernels.elementwise->binary[op][x->dtype];
  int64_t value = 0;
  store_scalar(&value, x->dtype, s);
  if (runs_directly(x, out))
    return scalar_on_left ? row(&value, x->data, out->data, out->count, CR_LEFT_SCALAR)
                          : row(x->data, &value, out->data, out->count, CR_RIGHT_SCALAR);
  call c = {.row.binary = row};
  int64_t no_dims = 0;
  cr_tensor scalar = {.data = &value, .dims = &no_dims, .count = 1, .dtype = x->dtype, .contiguous = true};
  const cr_tensor *inputs[2] = {scalar_on_left ? &scalar : x, scalar_on_left ? x : &scalar};
  return cr_run_rows(out, inputs, 2, true, binary_row, &c);
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
