// A long short-term memory over a sequence (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000), float32 and
// float64. The inputs' products and the weights' gradients are made for some steps at a time, while these are in the cache; the
// products with the state run a block of units a part, in an order that does not depend on the number of threads.
#ifndef CR_LSTM_H
#define CR_LSTM_H

#include "cr_tensor.h"

typedef struct cr_lstm {
  int64_t steps, batch, inputs, units;
  bool reversed;  // the last step comes first
} cr_lstm;

// x: [steps, batch, inputs]. h0, c0: [batch, units]. w_in: [4 units, inputs]. w: [4 units, units]. bias: [4 units], or NULL for none.
// The gates in the order in, forget, cell, out. All contiguous.
typedef struct cr_lstm_operands {
  const void *x, *h0, *c0, *w_in, *w, *bias;
} cr_lstm_operands;

// Those of the operands of the same name. x may be NULL where it is not wanted; bias as well; w_in and w may together.
typedef struct cr_lstm_gradients {
  void *x, *h0, *c0, *w_in, *w, *bias;
} cr_lstm_gradients;

// h, c: [steps, batch, units]. gates: [steps, batch, 4, units], after their activations.
void cr_lstm_forward(cr_dtype dtype, const cr_lstm *lstm, const cr_lstm_operands *from, void *h, void *c, void *gates);

// dh and dc may be NULL where no gradient comes in.
void cr_lstm_backward(cr_dtype dtype, const cr_lstm *lstm, const cr_lstm_operands *from, const void *dh, const void *dc, const void *h,
                      const void *c, const void *gates, const cr_lstm_gradients *to);

#endif
