// The descriptor every kernel takes: where the elements are, how many, of which type, in which order.
#ifndef CR_TENSOR_H
#define CR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Numbers are the rows of Swift's DType table. Those marked * have kernels; those marked + are narrow: elementwise kernels take them
// through a wider type (cr_wide), the core converts them for all others. The complex ones reserve their row.
typedef enum cr_dtype : uint8_t {
  CR_BOOL = 0,       // * one byte, 0 or 1
  CR_UINT8 = 1,      // *
  CR_INT8 = 2,       // +
  CR_INT16 = 3,      // +
  CR_INT32 = 4,      // *
  CR_INT64 = 5,      // *
  CR_FLOAT16 = 6,    // +
  CR_BFLOAT16 = 7,   // +
  CR_FLOAT32 = 8,    // *
  CR_FLOAT64 = 9,    // *
  CR_COMPLEX64 = 10,
  CR_COMPLEX128 = 11,
} cr_dtype;

typedef struct cr_tensor {
  void *data;        // first element (the offset of a view is already applied); NULL while the result is pending
  int64_t *dims;     // rank sizes, then rank strides in elements (a stride may be 0 or, inside kernels only, negative)
  int64_t count;     // product of the sizes; 1 for rank 0
  cr_dtype dtype;
  uint8_t rank;
  bool contiguous;   // row-major without gaps (sizes of 1 are ignored); always true where count < 2
  uint8_t flags;     // the core's own: see Swift's TensorBox
  uint32_t output;   // the core's own: which output of its node this is
} cr_tensor;

static inline int64_t *cr_sizes(const cr_tensor *t) { return t->dims; }
static inline int64_t *cr_strides(const cr_tensor *t) { return t->dims + t->rank; }

static inline size_t cr_dtype_size(cr_dtype d) {
  static const uint8_t sizes[12] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
  return sizes[d];
}

static inline bool cr_is_narrow(cr_dtype d) {
  const unsigned narrow = 1u << CR_INT8 | 1u << CR_INT16 | 1u << CR_FLOAT16 | 1u << CR_BFLOAT16;
  return narrow >> d & 1;
}

// The type that a narrow one is computed in: each of its values has one there. Any other type is its own.
static inline cr_dtype cr_wide(cr_dtype d) {
  switch (d) {
    case CR_INT8: case CR_INT16: return CR_INT32;
    case CR_FLOAT16: case CR_BFLOAT16: return CR_FLOAT32;
    default: return d;
  }
}

static inline bool cr_is_floating(cr_dtype d) { return d >= CR_FLOAT16 && d <= CR_FLOAT64; }

// The elements of a result that may be pending: whichever thread wants them first has them computed, and the others see nothing
// or all of them.
static inline void *cr_elements(const cr_tensor *t) { return __atomic_load_n(&t->data, __ATOMIC_ACQUIRE); }
// Called by one thread at a time. Only the first one writes: another may read the address as one that no longer changes.
static inline void cr_settle(cr_tensor *t, void *data) {
  if (cr_elements(t) == NULL) __atomic_store_n(&t->data, data, __ATOMIC_RELEASE);
}

// The flags of a leaf's cell change while other threads look at them: each sees them as they were or as they are.
static inline uint8_t cr_flags(const cr_tensor *t) { return __atomic_load_n(&t->flags, __ATOMIC_RELAXED); }
static inline void cr_set_flag(cr_tensor *t, uint8_t flag, bool on) {
  if (on) __atomic_fetch_or(&t->flags, flag, __ATOMIC_RELAXED);
  else __atomic_fetch_and(&t->flags, (uint8_t)~flag, __ATOMIC_RELAXED);
}
// Sets the one flag of a tensor that changes while other threads look: whoever else writes it writes the same, so no locked bus is needed.
static inline void cr_set_only_flag(cr_tensor *t, uint8_t flag) {
  __atomic_store_n(&t->flags, (uint8_t)(cr_flags(t) | flag), __ATOMIC_RELAXED);
}

static inline bool cr_same_sizes(const cr_tensor *a, const cr_tensor *b) {
  if (a->rank != b->rank || a->count != b->count) return false;
  for (int i = 0; i < a->rank; i++)
    if (a->dims[i] != b->dims[i]) return false;
  return true;
}

// Whether type, sizes and strides are the same.
static inline bool cr_same_layout(const cr_tensor *a, const cr_tensor *b) {
  if (a->rank != b->rank || a->dtype != b->dtype) return false;
  for (int i = 0; i < 2 * a->rank; i++)
    if (a->dims[i] != b->dims[i]) return false;
  return true;
}

#endif
