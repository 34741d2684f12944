// Closes the region that isa/SET.h opened.
#ifdef CR_ISA_TARGET
#pragma clang attribute pop
#endif
