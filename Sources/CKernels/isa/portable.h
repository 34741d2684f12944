// Plain C, without fused multiply-adds.
#include "isa/vocabulary.h"
#define CR_ISA_SUFFIX portable
