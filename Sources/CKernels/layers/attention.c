#include "cr_attention.h"

#include <string.h>

#include "cr_gemm.h"
#include "cr_memory.h"
#include "cr_threads.h"
#include "layers/table.h"

typedef struct {
  const cr_attention *attention;
  const cr_layer_loops *loops;
  int64_t rows, blocks;  // queries in a block, blocks of a head
  const void *q, *k, *v, *dy;
  void *out, *sums, *dq, *dk, *dv;
} job;

#define LOOPS "layers/attention.inc"
#include "layers/each_type.inc"

// Blocks whose scores stay in the second-level cache. Short ones waste less on what a causal query does not see, long ones need fewer
// readings of keys and values.
static void prepare(job *j, cr_dtype dtype) {
  const cr_attention *g = j->attention;
  int64_t most = g->causal ? 32 : 64, rows = g->keys > 0 ? (1 << 16) / g->keys : most;
  j->rows = rows < 16 ? 16 : rows > most ? most : rows;
  j->blocks = (g->queries + j->rows - 1) / j->rows;
  j->loops = cr_layer_loops_for(dtype);
}

static void run(job *j, int64_t parts, cr_task task) {
  const cr_attention *g = j->attention;
  int64_t work = g->heads * g->queries * g->keys * (g->width + g->value_width);
  if (work >= 1 << 18) cr_parallel(parts, task, j);
  else for (int64_t part = 0; part < parts; part++) task(j, part);
}

void cr_attention_forward(cr_dtype dtype, const cr_attention *attention, const void *q, const void *k, const void *v, void *out,
                          void *sums) {
  job j = {.attention = attention, .q = q, .k = k, .v = v, .out = out, .sums = sums};
  prepare(&j, dtype);
  run(&j, attention->heads * j.blocks, dtype == CR_FLOAT64 ? forward_part_f64 : forward_part_f32);
}

void cr_attention_backward(cr_dtype dtype, const cr_attention *attention, const void *dy, const void *q, const void *k, const void *v,
                           const void *out, const void *sums, void *dq, void *dk, void *dv) {
  job j = {.attention = attention, .q = q, .k = k, .v = v, .dy = dy, .out = (void *)out, .sums = (void *)sums, .dq = dq, .dk = dk,
           .dv = dv};
  prepare(&j, dtype);
  run(&j, attention->heads, dtype == CR_FLOAT64 ? backward_part_f64 : backward_part_f32);
}
