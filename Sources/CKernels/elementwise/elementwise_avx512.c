#include "elementwise/table.h"
#include "isa/avx512.h"
#ifdef CR_ISA_SUFFIX
#include "elementwise/kernels.inc"
#include "isa/end.h"
#endif
