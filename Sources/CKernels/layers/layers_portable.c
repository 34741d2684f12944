#include "layers/table.h"
#include "isa/portable.h"
#ifdef CR_ISA_SUFFIX
#include "layers/kernels.inc"
#include "isa/end.h"
#endif
