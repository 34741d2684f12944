// The steps of a long short-term memory over a sequence (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000),
// float32 and float64. What the inputs add to the gates is one product over all steps and comes in ready; the products with the
// state run here, a block of units a part, in an order that does not depend on the number of threads.
#ifndef CR_LSTM_H
#define CR_LSTM_H

#include "cr_tensor.h"

typedef struct cr_lstm {
  int64_t steps, batch, units;
  bool reversed;  // the last step comes first
} cr_lstm;

// z, gates: [steps, batch, 4, units], the gates in the order in, forget, cell, out; z before the state's part and the activation, gates
// after both. h, c: [steps, batch, units]. h0, c0: [batch, units]. w: [4 units, units]. All contiguous.
void cr_lstm_forward(cr_dtype dtype, const cr_lstm *lstm, const void *z, const void *h0, const void *c0, const void *w, void *h, void *c,
                     void *gates);

// dh and dc may be NULL where no gradient comes in; dc0 receives its result and is used on the way.
void cr_lstm_backward(cr_dtype dtype, const cr_lstm *lstm, const void *dh, const void *dc, const void *c0, const void *w, const void *c,
                      const void *gates, void *dz, void *dh0, void *dc0);

#endif
