#include "cr_cross_entropy.h"

#include <string.h>

#include "cr_threads.h"
#include "cr_softmax.h"
#include "elementwise/table.h"

typedef struct cross_entropy {
  const cr_tensor *logp;
  const int64_t *target;
  int64_t ignore_index, rows, classes, parts;
  const char *row_gradients;
  double gradient;
  char *out;
} cross_entropy;

// Elements of whole rows that are worked on while they are in L1.
#define BLOCK 4096

#define BACKWARD(T)                                                                                              \
  static void backward_##T(const cross_entropy *c, int64_t begin, int64_t end) {                                 \
    const T *logp = (const T *)c->logp->data, *gradients = (const T *)(const void *)c->row_gradients;            \
    T *out = (T *)(void *)c->out, common = (T)c->gradient;                                                       \
    int64_t n = c->classes;                                                                                      \
    cr_unary_row exponential = cr_kernels.elementwise->unary[CR_EXP][c->logp->dtype];                                    \
    cr_binary_row multiply = cr_kernels.elementwise->binary[CR_MUL][c->logp->dtype];                                     \
    exponential(logp + begin * n, out + begin * n, (end - begin) * n);                                           \
    if (!gradients) multiply(out + begin * n, &common, out + begin * n, (end - begin) * n, CR_RIGHT_SCALAR);     \
    for (int64_t r = begin; r < end; r++) {                                                                      \
      T *row = out + r * n, g = gradients ? gradients[r] : common;                                               \
      if (c->target[r] == c->ignore_index) {                                                                     \
        memset(row, 0, (size_t)n * sizeof(T));                                                                   \
        continue;                                                                                                \
      }                                                                                                          \
      if (gradients) multiply(row, &g, row, n, CR_RIGHT_SCALAR);                                                 \
      row[c->target[r]] -= g;                                                                                    \
    }                                                                                                            \
  }
BACKWARD(float)
BACKWARD(double)

static void backward_part(void *context, int64_t part) {
  const cross_entropy *c = context;
  int64_t end = c->rows * (part + 1) / c->parts, step = BLOCK / c->classes > 0 ? BLOCK / c->classes : 1;
  for (int64_t r = c->rows * part / c->parts; r < end; r += step) {
    int64_t last = r + step < end ? r + step : end;
    if (c->logp->dtype == CR_FLOAT32) backward_float(c, r, last);
    else backward_double(c, r, last);
  }
}

int64_t cr_cross_entropy_forward(const cr_tensor *logits, const int64_t *target, int64_t ignore_index, cr_tensor *logp,
                                 cr_tensor *losses) {
  int64_t rows = logits->dims[0], n = logits->dims[1];
  for (int64_t r = 0; r < rows; r++)
    if (target[r] != ignore_index && (target[r] < 0 || target[r] >= n)) return r;
  cr_log_softmax(logits, 1, logp);
#define PICK(T)                                                                                \
  for (int64_t r = 0; r < rows; r++)                                                           \
    ((T *)losses->data)[r] = target[r] == ignore_index ? 0 : -((const T *)logp->data)[r * n + target[r]]
  if (logits->dtype == CR_FLOAT32) PICK(float);
  else PICK(double);
#undef PICK
  return -1;
}

void cr_cross_entropy_backward(const cr_tensor *logp, const int64_t *target, int64_t ignore_index, const cr_tensor *row_gradients,
                               double gradient, cr_tensor *dlogits) {
  if (logp->count == 0) return;
  cross_entropy c = {.logp = logp, .target = target, .ignore_index = ignore_index, .gradient = gradient, .out = dlogits->data};
  c.rows = logp->dims[0];
  c.classes = logp->dims[1];
  c.row_gradients = row_gradients ? row_gradients->data : NULL;
  c.parts = cr_parts(logp->count, CR_ELEMENTWISE_GRAIN);
  cr_parallel(c.parts, backward_part, &c);
}
