// The ground floor: loops over raw buffers. One header a family.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "cr_elementwise.h"
#include "cr_pool.h"
#include "cr_reduce.h"
#include "cr_softmax.h"
#include "cr_tensor.h"
#include "cr_thread.h"

#endif
