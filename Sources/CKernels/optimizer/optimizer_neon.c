#include "optimizer/table.h"
#include "isa/neon.h"
#ifdef CR_ISA_SUFFIX
#include "optimizer/kernels.inc"
#include "isa/end.h"
#endif
