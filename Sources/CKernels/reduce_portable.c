// The reduce kernels for portable; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "reduce_table.h"

#if !defined(__x86_64__)
#define CR_HAS_FMA  // arm64's NEON has it
#endif
#define CR_ISA_SUFFIX portable
#include "reduce_rows.inc"
