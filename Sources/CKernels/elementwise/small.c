#include "cr_small.h"

static const bool all_dimensions[64] = {[0 ... 63] = true};

static void spread(const cr_small_step *step) {
  const cr_tensor *x = step->x;
  double value = x->dtype == CR_FLOAT32 ? *(const float *)x->data / (float)step->number.f : *(const double *)x->data / step->number.f;
  cr_fill(step->out, (cr_scalar){.f = value});
}

static void product(const cr_small_step *step) {
  cr_epilogue epilogue = {.bias = step->bias ? step->bias->data : NULL, .activation = CR_ACTIVATION_NONE};
  cr_matmul_transposed(step->x_transposed, step->x, step->w_transposed, step->w, step->out, step->bias ? &epilogue : NULL);
}

void cr_run_small(const cr_small_step *steps, int64_t count) {
  for (const cr_small_step *step = steps; step < steps + count; step++) {
    switch (step->kind) {
      case CR_SMALL_UNARY: cr_unary((cr_unary_op)step->op, step->x, step->out); break;
      case CR_SMALL_BINARY: cr_binary((cr_binary_op)step->op, step->x, step->w, step->out); break;
      case CR_SMALL_NUMBER: cr_binary_scalar((cr_binary_op)step->op, step->x, step->number, step->number_on_left, step->out); break;
      case CR_SMALL_REDUCE: cr_reduce((cr_reduce_op)step->op, step->x, step->reduced ? step->reduced : all_dimensions, step->out); break;
      case CR_SMALL_SUM_TO: cr_sum_to(step->x, step->out); break;
      case CR_SMALL_SPREAD: spread(step); break;
      case CR_SMALL_COPY: cr_copy(step->x, step->out); break;
      case CR_SMALL_PRODUCT: product(step); break;
    }
  }
}
