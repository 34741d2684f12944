// The loops of networks for avx512; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "network_table.h"

#if defined(__x86_64__)
#define CR_HAS_FMA
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define CR_ISA_SUFFIX avx512
#include "network_loops.inc"
#pragma clang attribute pop
#endif
