#include "cr_lstm.h"

#include <stdlib.h>
#include <string.h>

#include "cr_gemm.h"
#include "cr_memory.h"
#include "cr_pool.h"
#include "network_table.h"

typedef struct {
  const cr_lstm *lstm;
  const network_loops *loops;
  int64_t step;            // the one that runs
  const void *from;        // the state (or the gates' gradient) of the step before it in running order; NULL: nothing comes from there
  const void *z, *c0, *w, *dh, *dc;
  void *h, *c, *gates, *dz, *dh0, *carry;
  void *packed, *sums;     // of each block of units, one after another
} job;

static int64_t blocks_of(const cr_lstm *g) { return (g->units + STEP_UNITS - 1) / STEP_UNITS; }
static int64_t width_of(const cr_lstm *g, int64_t unit) { return g->units - unit < STEP_UNITS ? g->units - unit : STEP_UNITS; }

// Steps of little work stay on the calling thread.
static void run(const job *j, int64_t work, cr_task task) {
  int64_t parts = blocks_of(j->lstm);
  if (work >= 1 << 17) cr_parallel(parts, task, (void *)j);
  else for (int64_t part = 0; part < parts; part++) task((void *)j, part);
}

#define LOOPS "lstm.inc"
#include "network_types.inc"

void cr_lstm_forward(cr_dtype dtype, const cr_lstm *lstm, const void *z, const void *h0, const void *c0, const void *w, void *h, void *c,
                     void *gates) {
  job j = {.lstm = lstm, .loops = network_loops_for(dtype), .z = z, .c0 = c0, .w = w, .h = h, .c = c, .gates = gates};
  dtype == CR_FLOAT64 ? forward_f64(&j, h0) : forward_f32(&j, h0);
}

void cr_lstm_backward(cr_dtype dtype, const cr_lstm *lstm, const void *dh, const void *dc, const void *c0, const void *w, const void *c,
                      const void *gates, void *dz, void *dh0, void *dc0) {
  job j = {.lstm = lstm, .loops = network_loops_for(dtype), .c0 = c0, .w = w, .dh = dh, .dc = dc, .c = (void *)c,
           .gates = (void *)gates, .dz = dz, .dh0 = dh0, .carry = dc0};
  dtype == CR_FLOAT64 ? backward_f64(&j) : backward_f32(&j);
}
