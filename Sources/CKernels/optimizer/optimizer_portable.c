#include "optimizer/table.h"
#include "isa/portable.h"
#ifdef CR_ISA_SUFFIX
#include "optimizer/kernels.inc"
#include "isa/end.h"
#endif
