// The ground floor: loops over raw buffers. One header a family.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "cr_format.h"
#include "cr_tensor.h"
#include "cr_thread.h"

#endif
