// The ground floor: loops over raw buffers. One header a family.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "cr_attention.h"
#include "cr_batch_norm.h"
#include "cr_conv.h"
#include "cr_elementwise.h"
#include "cr_format.h"
#include "cr_gemm.h"
#include "cr_index.h"
#include "cr_isa.h"
#include "cr_linalg.h"
#include "cr_math.h"
#include "cr_memory.h"
#include "cr_optimizer.h"
#include "cr_peak.h"
#include "cr_pooling.h"
#include "cr_program.h"
#include "cr_random.h"
#include "cr_recurrent.h"
#include "cr_reduce.h"
#include "cr_reference.h"
#include "cr_resampling.h"
#include "cr_signal.h"
#include "cr_softmax.h"
#include "cr_special.h"
#include "cr_spill.h"
#include "cr_tensor.h"
#include "cr_thread.h"
#include "cr_threads.h"
#include "cr_warn.h"

#endif
