// NEON: 32 registers of 16 bytes, fused multiply-adds. Part of every arm64, so its region needs no target.
#if defined(__aarch64__)
#include "isa/vocabulary.h"
#define CR_ISA_SUFFIX neon
#define CR_HAS_FMA
#endif
