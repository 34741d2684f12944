// The loops of networks for avx2; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "network_table.h"

#if defined(__x86_64__)
#define CR_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx2
#include "network_loops.inc"
#pragma clang attribute pop
#endif
