// Tiles of 6 x 8 floats in vectors of 16 bytes. Without the instruction a fused multiply-add would be a call.
#include "gemm/table.h"
#include "isa/portable.h"

#define VECTOR_BYTES 16
#define MR 6
#define K_BYTES 2048
#define FMA(a, b, c) ((a) * (b) + (c))
#include "gemm/quads.inc"
#include "gemm/kernels.inc"
#include "isa/end.h"
