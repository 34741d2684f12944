// The loops of networks for portable; see elementwise_isa.h.
#include "elementwise_isa.h"
#include "network_table.h"

#define CR_ISA_SUFFIX portable
#include "network_loops.inc"
