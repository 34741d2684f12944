#include "cr_program.h"

#include "cr_threads.h"
#include "elementwise/table.h"
#include "elementwise/program.h"

// Bytes of a block: so small that the few intermediate results that are needed at a time stay in L1.
#define BLOCK_BYTES 2048

typedef struct program {
  const cr_step *steps;
  int step_count;
  cr_dtype dtype;
  int64_t count, parts;
} program;

bool cr_simple_power(double exponent, cr_unary_op *op) {
  if (exponent == 2) return *op = CR_SQUARE, true;
  if (exponent == 3) return *op = CR_CUBE, true;
  if (exponent == 0.5) return *op = CR_SQRT, true;
  if (exponent == -0.5) return *op = CR_RSQRT, true;
  if (exponent == -1) return *op = CR_RECIPROCAL, true;
  if (exponent == 1) return *op = CR_COPY, true;
  return false;
}

typedef union number {
  float f;
  double d;
} number;

static const void *resolve(const cr_operand *operand, char *const *results, int64_t offset, cr_dtype dtype, number *constant) {
  switch (operand->kind) {
    case CR_OPERAND_MEMORY: return (const char *)operand->memory + offset;
    case CR_OPERAND_STEP: return results[operand->step];
    default:
      if (dtype == CR_FLOAT32) constant->f = (float)operand->constant;
      else constant->d = operand->constant;
      return constant;
  }
}

static void run_step(const cr_step *step, char *const *results, int64_t offset, cr_dtype dtype, int64_t n, void *out) {
  number x_constant, w_constant;
  const void *x = resolve(&step->x, results, offset, dtype, &x_constant);
  if (step->kind == CR_STEP_UNARY) {
    cr_kernels.elementwise->unary[step->op][dtype](x, out, n);
  } else if (step->kind == CR_STEP_ATTRIBUTE) {
    cr_kernels.elementwise->attribute[step->op][dtype](x, out, n, step->a, step->b);
  } else {
    const void *w = resolve(&step->w, results, offset, dtype, &w_constant);
    cr_row_mode mode = step->w.kind == CR_OPERAND_CONSTANT   ? CR_RIGHT_SCALAR
                       : step->x.kind == CR_OPERAND_CONSTANT ? CR_LEFT_SCALAR
                                                             : CR_BOTH_ROWS;
    cr_kernels.elementwise->binary[step->op][dtype](x, w, out, n, mode);
  }
}

// Which buffer each step's result goes to: the lowest that holds nothing a later step reads. No kernel writes over what it reads.
static void assign_buffers(const cr_step *steps, int step_count, uint8_t *buffer) {
  int last_reader[CR_PROGRAM_STEPS], free_from[CR_PROGRAM_STEPS] = {0};
  for (int i = 0; i < step_count; i++) {
    last_reader[i] = i;
    if (steps[i].x.kind == CR_OPERAND_STEP) last_reader[steps[i].x.step] = i;
    if (steps[i].w.kind == CR_OPERAND_STEP) last_reader[steps[i].w.step] = i;
  }
  for (int i = 0; i < step_count; i++) {
    uint8_t b = 0;
    while (free_from[b] > i) b++;
    buffer[i] = b;
    free_from[b] = last_reader[i] + 1;
  }
}

void cr_run_steps(const cr_step *steps, int step_count, cr_dtype dtype, int64_t from, int64_t to, void *last) {
  _Alignas(64) char buffers[CR_PROGRAM_STEPS][BLOCK_BYTES];
  uint8_t buffer[CR_PROGRAM_STEPS];
  char *results[CR_PROGRAM_STEPS];
  assign_buffers(steps, step_count, buffer);
  int64_t width = (int64_t)cr_dtype_size(dtype), unit = BLOCK_BYTES / width;
  for (int64_t start = from; start < to; start += unit) {
    int64_t n = to - start < unit ? to - start : unit, offset = start * width;
    for (int i = 0; i < step_count; i++) {
      results[i] = steps[i].out ? (char *)steps[i].out + offset : buffers[buffer[i]];
      if (last && i + 1 == step_count) results[i] = (char *)last + (start - from) * width;
      run_step(&steps[i], results, offset, dtype, n, results[i]);
    }
  }
}

static void run_part(void *context, int64_t part) {
  const program *p = context;
  cr_run_steps(p->steps, p->step_count, p->dtype, p->count * part / p->parts, p->count * (part + 1) / p->parts, NULL);
}

void cr_run_program(const cr_step *steps, int step_count, cr_dtype dtype, int64_t count) {
  program p = {steps, step_count, dtype, count, cr_parts(count, CR_ELEMENTWISE_GRAIN)};
  cr_parallel(p.parts, run_part, &p);
}
