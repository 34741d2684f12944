// The ground floor: loops over raw buffers. One header a family.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "cr_gemm.h"
#include "cr_index.h"
#include "cr_memory.h"
#include "cr_pool.h"
#include "cr_random.h"
#include "cr_tensor.h"
#include "cr_thread.h"

#endif
