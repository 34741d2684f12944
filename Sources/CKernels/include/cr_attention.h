// Scaled dot-product attention, float32 and float64, a block of queries at a time: no matrix of all scores is kept. From the
// logarithms of the sums the probabilities are recomputed on the way back (Rabe and Staats 2021; Dao et al. 2022).
#ifndef CR_ATTENTION_H
#define CR_ATTENTION_H

#include "cr_tensor.h"

// q [heads, queries, width], k [heads, keys, width], v and out [heads, keys (queries), value_width]. With `causal`, query i sees keys
// 0...i. `row`, `value_row` and `out_row` are the elements from one position to the next of q and k, of v and of out. `shared` heads
// stand side by side in such a row; 1 where each head has positions of its own. Gradients lie as what they are the gradients of.
typedef struct cr_attention {
  int64_t heads, queries, keys, width, value_width;
  int64_t shared, row, value_row, out_row;
  double scale;
  bool causal;
} cr_attention;

// `sums` receives the logarithm of each query's sum of exponentials.
void cr_attention_forward(cr_dtype dtype, const cr_attention *attention, const void *q, const void *k, const void *v, void *out,
                          void *sums);
void cr_attention_backward(cr_dtype dtype, const cr_attention *attention, const void *dy, const void *q, const void *k, const void *v,
                           const void *out, const void *sums, void *dq, void *dk, void *dv);

#endif
