#include "layers/table.h"
#include "isa/avx512.h"
#ifdef CR_ISA_SUFFIX
#include "layers/kernels.inc"
#include "isa/end.h"
#endif
