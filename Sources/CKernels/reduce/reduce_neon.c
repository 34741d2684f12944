#include "reduce/softmax_table.h"
#include "reduce/table.h"
#include "isa/neon.h"
#ifdef CR_ISA_SUFFIX
#include "reduce/kernels.inc"
#include "isa/end.h"
#endif
