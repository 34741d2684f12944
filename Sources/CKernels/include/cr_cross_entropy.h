// Losses fused with what feeds them, float32 and float64: one pass each way.
#ifndef CR_CROSS_ENTROPY_H
#define CR_CROSS_ENTROPY_H

#include "cr_tensor.h"

// Softmax cross-entropy. logits [N, C] contiguous, a class index per row. logp = log_softmax(logits), losses[r] = -logp[r, target[r]],
// both contiguous; rows whose target is ignore_index get the loss 0. Returns -1, or the first row whose target is neither in
// 0..<C nor ignore_index; nothing is written then. logp may be logits.
int64_t cr_cross_entropy_forward(const cr_tensor *logits, const int64_t *target, int64_t ignore_index, cr_tensor *logp,
                                 cr_tensor *losses);

// dlogits[r, c] = g(r) * (exp(logp[r, c]) - (c == target[r])), 0 in ignored rows. g(r) is row_gradients[r] (N elements, contiguous), or
// `gradient` for all rows where row_gradients is NULL. The targets are those of a forward that returned -1. dlogits may be logp.
void cr_cross_entropy_backward(const cr_tensor *logp, const int64_t *target, int64_t ignore_index, const cr_tensor *row_gradients,
                               double gradient, cr_tensor *dlogits);

#endif
