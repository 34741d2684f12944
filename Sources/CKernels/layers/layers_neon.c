#include "layers/table.h"
#include "isa/neon.h"
#ifdef CR_ISA_SUFFIX
#include "layers/kernels.inc"
#include "isa/end.h"
#endif
