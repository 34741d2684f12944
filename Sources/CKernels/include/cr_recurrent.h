// Recurrent layers over a sequence, float32 and float64: simple ones (Elman 1990), gated recurrent units (Cho et al. 2014) and long
// short-term memories (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000, the projection of Sak et al. 2014).
// The inputs' products and the weights' gradients are made for some steps at a time, while these are in the cache; the products with
// the state run a block of units a part, in an order that does not depend on the number of threads.
#ifndef CR_RECURRENT_H
#define CR_RECURRENT_H

#include "cr_tensor.h"

typedef enum cr_recurrent_kind { CR_RNN_TANH, CR_RNN_RELU, CR_GRU, CR_LSTM } cr_recurrent_kind;

typedef struct cr_recurrent {
  cr_recurrent_kind kind;
  int64_t steps, batch, inputs, units;
  int64_t outputs;  // the size of h: that of a projection, or `units`
  bool reversed;    // the last step comes first
} cr_recurrent;

// Gates have rows in the weights in the order: of LSTM in, forget, cell, out; of GRU reset, update, new.
static inline int64_t cr_recurrent_gates(cr_recurrent_kind kind) { return kind == CR_LSTM ? 4 : kind == CR_GRU ? 3 : 1; }
// What a step keeps of each unit: its gates; of GRU new, reset, update, and what the state adds to new before it is reset. Input and
// state thus each go into blocks that stand side by side.
static inline int64_t cr_recurrent_blocks(cr_recurrent_kind kind) { return cr_recurrent_gates(kind) + (kind == CR_GRU); }

// x: [steps, batch, inputs]. h0: [batch, outputs]. c0: [batch, units], of LSTM. w_in: [gates units, inputs]. w: [gates units, outputs].
// bias: [blocks units], or NULL for none. projection: [outputs, units], or NULL where outputs are the units. All contiguous.
typedef struct cr_recurrent_operands {
  const void *x, *h0, *c0, *w_in, *w, *bias, *projection;
} cr_recurrent_operands;

// Those of the operands of the same name. x may be NULL where it is not wanted; bias as well; the weights may together.
typedef struct cr_recurrent_gradients {
  void *x, *h0, *c0, *w_in, *w, *bias, *projection;
} cr_recurrent_gradients;

// h: [steps, batch, outputs]. c: [steps, batch, units], of LSTM. gates: [steps, batch, blocks, units] after their activations; not of
// simple layers, whose h they are. whole: [steps, batch, units], what a projection is made of.
typedef struct cr_recurrent_results {
  void *h, *c, *gates, *whole;
} cr_recurrent_results;

void cr_recurrent_forward(cr_dtype dtype, const cr_recurrent *layer, const cr_recurrent_operands *from, const cr_recurrent_results *to);

// dh and dc may be NULL where no gradient comes in.
void cr_recurrent_backward(cr_dtype dtype, const cr_recurrent *layer, const cr_recurrent_operands *from, const void *dh, const void *dc,
                           const cr_recurrent_results *results, const cr_recurrent_gradients *to);

#endif
