// What the checks share: random operands, and a comparison of one computation under all instruction sets.
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

#include "CKernels.h"

// A tensor with room of its own.
typedef struct box {
  cr_tensor t;
  int64_t dims[16];
} box;

// Row-major, of `rank` sizes; the elements are zero.
box *make(cr_dtype dtype, int rank, const int64_t *sizes);
void drop(box *b);
// Numbers in -bound...bound (0...bound for unsigned types), every eighth one a special value where `specials`.
void randomize(box *b, double bound, bool specials);
uint64_t draw(void);

// Compares what `compute` writes to `out`: under the portable set, then under each other. `bound` is the error allowed, as a part of the
// largest magnitude; 0: the same bits, any NaN equal to any NaN.
void compare(const char *what, void (*compute)(void *context), void *context, box *const *outs, int count, double bound);
// As compare, with the bits of the portable result in the family's checksum.
void compare_summed(const char *what, void (*compute)(void *context), void *context, box *const *outs, int count, double bound);

void begin(const char *family);
// Prints the family's line; the number of failures.
int end(void);

void check_elementwise(void);
void check_casts(void);
void check_reductions(void);
void check_softmax(void);
void check_gemm(void);
void check_conv(void);
void check_pooling(void);
void check_batch_norm(void);
void check_attention(void);
void check_recurrent(void);
void check_optimizers(void);
void check_indexing(void);
void check_random(void);

#endif
