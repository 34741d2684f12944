#include "cr_lstm.h"

#include <string.h>

#include "cr_gemm.h"
#include "cr_memory.h"
#include "cr_threads.h"
#include "layers/table.h"

// Rows (steps times batch) whose other products are made together: enough to be worth the reading of the weights, few enough to stay
// in a processor's own cache with what the inputs add (on the way there), in the common one with the gates' gradients (back).
enum { INPUT_ROWS = 64, GRADIENT_ROWS = 256 };

typedef struct {
  const cr_lstm *lstm;
  const cr_lstm_operands *in;
  const cr_lstm_gradients *out;  // NULL on the way there
  const cr_layer_loops *loops;
  int64_t chunk;           // steps whose other products are made together
  int64_t step;            // the one that runs
  const void *from;        // the state (or the gates' gradient) of the step before it in running order; NULL: nothing comes from there
  const void *dh, *dc;
  void *h, *c, *gates;
  void *dz;                // the gates' gradients of a chunk
  int64_t dz_row;          // elements from one of its rows to the next
  void *packed;            // the weights of each block of units, one after another
  void *sums;              // on the way back: what each block of units of h gets from the gates of the step that ran before
  void *side_by_side, *weights;  // inputs and states of a chunk, row by row; the gradients of both weights in that order
} job;

static int64_t blocks_of(const cr_lstm *g) { return (g->units + STEP_UNITS - 1) / STEP_UNITS; }
static int64_t width_of(const cr_lstm *g, int64_t unit) { return g->units - unit < STEP_UNITS ? g->units - unit : STEP_UNITS; }

// Little work stays on the calling thread.
static void share(int64_t parts, int64_t work, cr_task task, const job *j) {
  if (work >= 1 << 16) cr_parallel(parts, task, (void *)j);
  else for (int64_t part = 0; part < parts; part++) task((void *)j, part);
}

// At least two steps: one reads the gates' gradients of the step that ran before while it writes its own.
static int64_t chunk_of(const cr_lstm *g, int64_t rows) {
  int64_t steps = g->batch > 0 ? (rows + g->batch - 1) / g->batch : g->steps;
  return steps < 2 ? 2 : steps;
}

// The chunk that the current step is in: from..<to. Chunks begin at multiples of their length, whichever way the steps run. Says whether
// the step is the chunk's first on the way there, which is its last on the way back.
static bool find_chunk(const job *j, int64_t *from, int64_t *to) {
  *from = j->step / j->chunk * j->chunk;
  *to = *from + j->chunk < j->lstm->steps ? *from + j->chunk : j->lstm->steps;
  return j->step == (j->lstm->reversed ? *to - 1 : *from);
}

#define LOOPS "layers/lstm.inc"
#include "layers/each_type.inc"

void cr_lstm_forward(cr_dtype dtype, const cr_lstm *lstm, const cr_lstm_operands *from, void *h, void *c, void *gates) {
  job j = {.lstm = lstm, .in = from, .loops = cr_layer_loops_for(dtype), .chunk = chunk_of(lstm, INPUT_ROWS), .h = h, .c = c,
           .gates = gates};
  dtype == CR_FLOAT64 ? forward_f64(&j) : forward_f32(&j);
}

void cr_lstm_backward(cr_dtype dtype, const cr_lstm *lstm, const cr_lstm_operands *from, const void *dh, const void *dc, const void *h,
                      const void *c, const void *gates, const cr_lstm_gradients *to) {
  job j = {.lstm = lstm, .in = from, .out = to, .loops = cr_layer_loops_for(dtype), .chunk = chunk_of(lstm, GRADIENT_ROWS),
           .dh = dh, .dc = dc, .h = (void *)h, .c = (void *)c, .gates = (void *)gates};
  dtype == CR_FLOAT64 ? backward_f64(&j) : backward_f32(&j);
}
