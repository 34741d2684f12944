#include "cr_recurrent.h"

#include <string.h>

#include "cr_gemm.h"
#include "cr_memory.h"
#include "cr_threads.h"
#include "layers/table.h"

// Rows (steps times batch) whose other products are made together: enough to be worth the reading of the weights, few enough to stay
// in a processor's own cache with what the inputs add (on the way there), in the common one with the gates' gradients (back).
enum { INPUT_ROWS = 64, GRADIENT_ROWS = 256 };

typedef struct {
  const cr_recurrent *layer;
  const cr_recurrent_operands *in;
  const cr_recurrent_gradients *out;  // NULL on the way there
  const cr_step_loops *loops;
  int64_t gates, blocks;   // see cr_recurrent.h
  int64_t own;             // the first block that the state goes into
  int64_t chunk;           // steps whose other products are made together
  int64_t step;            // the one that runs
  const void *from;        // the state (or the gates' gradient) of the step before it in running order; NULL: nothing comes from there
  const void *dh, *dc;
  void *h, *c, *kept;      // `kept`: the blocks of each step
  void *whole;             // h, or what it is the projection of
  void *carry;             // on the way back: the gradient of c, or of h past the gates, that the step before takes up
  void *dz;                // the blocks' gradients of a chunk
  int64_t dz_row;          // elements from one of its rows to the next
  void *packed;            // the weights of each block of units, one after another
  void *sums;              // on the way back: what each block of units of h gets from the gates of the step that ran before
  void *dh_all;            // the whole gradient of a projected h, of a chunk
  void *side_by_side, *weights;  // inputs and states of a chunk, row by row; the gradients of both weights in that order
} job;

static int64_t parts_of(int64_t units) { return (units + STEP_UNITS - 1) / STEP_UNITS; }
static int64_t width_of(int64_t units, int64_t unit) { return units - unit < STEP_UNITS ? units - unit : STEP_UNITS; }

// The block that the input goes into.
static int64_t input_block(const job *j, int64_t gate) { return (gate + j->own) % j->gates; }

// Little work stays on the calling thread.
static void share(int64_t parts, int64_t work, cr_task task, const job *j) {
  if (work >= 1 << 16) cr_parallel(parts, task, (void *)j);
  else for (int64_t part = 0; part < parts; part++) task((void *)j, part);
}

// At least two steps: one reads the gates' gradients of the step that ran before while it writes its own.
static int64_t chunk_of(const cr_recurrent *g, int64_t rows) {
  int64_t steps = g->batch > 0 ? (rows + g->batch - 1) / g->batch : g->steps;
  return steps < 2 ? 2 : steps;
}

// The chunk that the current step is in: from..<to. Chunks begin at multiples of their length, whichever way the steps run. Says whether
// the step is the chunk's first on the way there, which is its last on the way back.
static bool find_chunk(const job *j, int64_t *from, int64_t *to) {
  *from = j->step / j->chunk * j->chunk;
  *to = *from + j->chunk < j->layer->steps ? *from + j->chunk : j->layer->steps;
  return j->step == (j->layer->reversed ? *to - 1 : *from);
}

#define LOOPS "layers/recurrent.inc"
#include "layers/each_type.inc"

static job job_for(cr_dtype dtype, const cr_recurrent *g, const cr_recurrent_operands *from, const cr_recurrent_results *results,
                   int64_t rows) {
  return (job){.layer = g, .in = from, .loops = &cr_layer_loops_for(dtype)->steps[g->kind], .gates = cr_recurrent_gates(g->kind),
               .blocks = cr_recurrent_blocks(g->kind), .own = g->kind == CR_GRU, .chunk = chunk_of(g, rows), .h = results->h,
               .c = results->c, .kept = results->gates ? results->gates : results->h,
               .whole = from->projection ? results->whole : results->h};
}

void cr_recurrent_forward(cr_dtype dtype, const cr_recurrent *layer, const cr_recurrent_operands *from, const cr_recurrent_results *to) {
  job j = job_for(dtype, layer, from, to, INPUT_ROWS);
  dtype == CR_FLOAT64 ? forward_f64(&j) : forward_f32(&j);
}

void cr_recurrent_backward(cr_dtype dtype, const cr_recurrent *layer, const cr_recurrent_operands *from, const void *dh, const void *dc,
                           const cr_recurrent_results *results, const cr_recurrent_gradients *to) {
  job j = job_for(dtype, layer, from, results, GRADIENT_ROWS);
  j.out = to;
  j.dh = dh;
  j.dc = dc;
  j.carry = layer->kind == CR_LSTM ? to->c0 : to->h0;
  dtype == CR_FLOAT64 ? backward_f64(&j) : backward_f32(&j);
}
