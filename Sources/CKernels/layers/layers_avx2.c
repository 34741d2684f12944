#include "layers/table.h"
#include "isa/avx2.h"
#ifdef CR_ISA_SUFFIX
#include "layers/kernels.inc"
#include "isa/end.h"
#endif
