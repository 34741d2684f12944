// The loops of networks for portable; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "network_table.h"

#if !defined(__x86_64__)
#define CR_HAS_FMA  // arm64's NEON has it
#endif
#define CR_ISA_SUFFIX portable
#include "network_loops.inc"
