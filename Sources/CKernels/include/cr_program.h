// Several elementwise operations in one sweep: a block of elements goes through all of them while it is in the cache, and only the
// results somebody wants reach memory. The rows are those of cr_unary and cr_binary, so the bits are the same.
#ifndef CR_PROGRAM_H
#define CR_PROGRAM_H

#include "cr_elementwise.h"

#define CR_PROGRAM_STEPS 12

typedef enum cr_operand_kind : uint8_t {
  CR_OPERAND_NONE,      // the operation has one input
  CR_OPERAND_MEMORY,    // contiguous elements
  CR_OPERAND_STEP,      // the result of an earlier step
  CR_OPERAND_CONSTANT,  // one number for all elements
} cr_operand_kind;

typedef struct cr_operand {
  cr_operand_kind kind;
  uint8_t step;
  const void *memory;
  double constant;
} cr_operand;

typedef enum cr_step_kind : uint8_t { CR_STEP_UNARY, CR_STEP_ATTRIBUTE, CR_STEP_BINARY } cr_step_kind;

typedef struct cr_step {
  cr_step_kind kind;
  uint8_t op;            // a cr_unary_op, cr_attribute_op or cr_binary_op
  cr_operand x, w;       // at most one of them a constant
  double a, b;           // of an operation with attributes
  void *out;             // where the result goes; NULL: only later steps read it
} cr_step;

// Runs the steps, at most CR_PROGRAM_STEPS, in order over `count` elements of float32 or float64.
void cr_run_program(const cr_step *steps, int step_count, cr_dtype dtype, int64_t count);

// The unary operation that PyTorch computes this floating-point power by; false: pow itself.
bool cr_simple_power(double exponent, cr_unary_op *op);

#endif
