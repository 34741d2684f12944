#include "elementwise/table.h"
#include "isa/neon.h"
#ifdef CR_ISA_SUFFIX
#include "elementwise/kernels.inc"
#include "isa/end.h"
#endif
