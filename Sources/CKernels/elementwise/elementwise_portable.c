#include "elementwise/table.h"
#include "isa/portable.h"
#ifdef CR_ISA_SUFFIX
#include "elementwise/kernels.inc"
#include "isa/end.h"
#endif
