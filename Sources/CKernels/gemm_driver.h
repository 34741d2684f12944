// Which loops a product goes through, and how it is cut into parts. Every choice depends on the shape and the strides alone, so the
// bits do not depend on the number of threads. The blocking is that of Goto and van de Geijn (Anatomy of High-Performance Matrix
// Multiplication, 2008). Included by gemm_isa.h after gemm_tile.h.

enum {
  // k is cut so that panels stay in the first-level cache: A's at least, both operands' where tiles are wide.
  NS(KC) = K_BYTES / sizeof(T),
  // Columns and rows packed at once: megabytes of the last-level cache.
  NS(NC) = 16384 / sizeof(T),
  NS(MC) = 12288 / sizeof(T) / MR * MR,
  // Columns from which on A is packed whatever its order.
  NS(OFTEN) = 1024,
  // Rows or columns up to which a part takes all of them.
  NS(FEW) = 256,
  // Bytes of packed operands that live on the stack.
  NS(STACK) = 16384,
};

typedef struct {
  const gemm_problem *problem;
  NS(output) output;
  bool pack_a, pack_b;
  bool later_a, later_b;              // each part packs the panels that it alone needs, and finds them in the cache
  int64_t rows, columns;              // of C in this round
  int64_t k;                          // of this round
  const T *a, *b, *bias;              // where this round begins
  T *c;
  T *packed_a, *packed_b;
  int64_t panel_rows, longer_panels;  // evenly dealt, at most MR: so many panels have one row more (a packed A's all have MR)
  int64_t a_panels, b_panels;
  int64_t a_pack_parts, b_pack_parts;  // how many parts of packing
  int64_t block_rows, block_columns;   // panels in a part
  int64_t row_blocks;
} NS(round);

// Packs `rows` rows that lie side by side, in lines `along` apart, into panels of MR of length k each.
static void NS(pack_side_by_side)(const T *source, int64_t along, int64_t rows, int64_t k, T *panel) {
  // A line of the cache holds rows of several panels: all of it is used while it is there.
  for (; rows >= 4 * MR; rows -= 4 * MR, source += 4 * MR, panel += 4 * MR * k)
    for (int64_t p = 0; p < k; p++) {
      // Far apart lines the processor does not foresee.
      for (int i = 0; i < (int)(4 * MR * sizeof(T)); i += 64) __builtin_prefetch((const char *)(source + (p + 12) * along) + i);
      for (int i = 0; i < 4; i++) __builtin_memcpy(panel + (i * k + p) * MR, source + p * along + i * MR, MR * sizeof(T));
    }
  for (; rows > 0; rows -= MR, source += MR, panel += MR * k) NS(pack_panel)(MR, source, 1, along, rows < MR ? rows : MR, k, panel);
}

static void NS(pack_a)(const NS(round) *r, int64_t from, int64_t to) {
  const gemm_problem *q = r->problem;
  if (q->a_row == 1) {
    int64_t end = to * MR < r->rows ? to * MR : r->rows;
    NS(pack_side_by_side)(r->a + from * MR, q->a_column, end - from * MR, r->k, r->packed_a + from * MR * r->k);
    return;
  }
  for (int64_t i = from; i < to; i++) {
    int64_t left = r->rows - i * MR;
    NS(pack_panel)(MR, r->a + i * MR * q->a_row, q->a_row, q->a_column, left < MR ? left : MR, r->k, r->packed_a + i * MR * r->k);
  }
}

static void NS(pack_b)(const NS(round) *r, int64_t from, int64_t to) {
  const gemm_problem *q = r->problem;
  for (int64_t j = from; j < to; j++) {
    int64_t left = r->columns - j * NR;
    const T *b = r->b + j * NR * q->b_column;
    T *panel = r->packed_b + j * NR * r->k;
    // A last panel of one vector is packed one vector wide.
    if (left > LANES) NS(pack_panel)(NR, b, q->b_column, q->b_row, left < NR ? left : NR, r->k, panel);
    else NS(pack_panel)(LANES, b, q->b_column, q->b_row, left, r->k, panel);
  }
}

static void NS(pack_part)(void *context, int64_t part) {
  const NS(round) *r = context;
  int64_t parts = r->a_pack_parts;
  if (part < parts) {
    NS(pack_a)(r, r->a_panels * part / parts, r->a_panels * (part + 1) / parts);
    return;
  }
  part -= parts;
  parts = r->b_pack_parts;
  NS(pack_b)(r, r->b_panels * part / parts, r->b_panels * (part + 1) / parts);
}

INLINE void NS(compute_tile)(const NS(round) *r, int64_t i, int64_t j) {
  const gemm_problem *q = r->problem;
  int64_t columns = r->columns - j * NR, row = i * r->panel_rows + (i < r->longer_panels ? i : r->longer_panels);
  int64_t rows = r->panel_rows + (i < r->longer_panels);
  if (columns > NR) columns = NR;
  if (rows > r->rows - row) rows = r->rows - row;
  int vectors = columns > LANES ? 2 : 1, tail = (int)columns - (vectors - 1) * LANES;
  const T *a = r->pack_a ? r->packed_a + i * MR * r->k : r->a + row * q->a_row;
  const T *b = r->pack_b ? r->packed_b + j * NR * r->k : r->b + j * NR;
  const T *bias = r->bias ? r->bias + row * r->output.bias_row + j * NR * r->output.bias_column : NULL;
  // Whole vectors need no mask either, wherever they lie.
  const NS(tile_function) (*tiles)[2] = !r->pack_b && tail < LANES ? NS(plain_tiles)
                                        : r->pack_b && r->pack_a   ? NS(packed_tiles)
                                                                   : NS(ordered_tiles);
  tiles[rows - 1][vectors - 1](r->k, a, r->pack_a ? 1 : q->a_row, r->pack_a ? MR : q->a_column, b, r->pack_b ? vectors * LANES : q->b_row,
                               tail, &r->output, r->c + row * q->c_row + j * NR * q->c_column, bias);
}

// One block of panels of C. A panel of B stays in the cache while the block's panels of A pass.
static void NS(compute_part)(void *context, int64_t part) {
  const NS(round) *r = context;
  int64_t i0 = part % r->row_blocks * r->block_rows, j0 = part / r->row_blocks * r->block_columns;
  int64_t i1 = i0 + r->block_rows < r->a_panels ? i0 + r->block_rows : r->a_panels;
  int64_t j1 = j0 + r->block_columns < r->b_panels ? j0 + r->block_columns : r->b_panels;
  if (r->later_a) NS(pack_a)(r, i0, i1);
  for (int64_t j = j0; j < j1; j++) {
    if (r->later_b) NS(pack_b)(r, j, j + 1);
    for (int64_t i = i0; i < i1; i++) NS(compute_tile)(r, i, j);
  }
}

static inline int64_t NS(divide_up)(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Parts of about half a million multiply-adds, at most 64, whole panels each.
static void NS(cut)(NS(round) *r) {
  int64_t wanted = cr_parts(r->rows * r->columns * r->k, 1 << 18);
  r->block_rows = r->a_panels;
  r->block_columns = r->b_panels;
  if (wanted > 1) {
    if (r->block_rows > 8 && !r->later_b) r->block_rows = NS(divide_up)(r->a_panels, NS(divide_up)(r->a_panels, 8));
    int64_t row_blocks = NS(divide_up)(r->a_panels, r->block_rows);
    while (r->block_columns > 1 && !r->later_a && row_blocks * NS(divide_up)(r->b_panels, r->block_columns) < wanted)
      r->block_columns = (r->block_columns + 1) / 2;
    int64_t column_blocks = NS(divide_up)(r->b_panels, r->block_columns);
    while (r->block_rows > 1 && !r->later_b && NS(divide_up)(r->a_panels, r->block_rows) * column_blocks < wanted)
      r->block_rows = (r->block_rows + 1) / 2;
  }
  r->row_blocks = NS(divide_up)(r->a_panels, r->block_rows);
}

static void NS(run_round)(NS(round) *r, bool new_b) {
  r->a_panels = NS(divide_up)(r->rows, MR);
  r->b_panels = NS(divide_up)(r->columns, NR);
  r->panel_rows = r->pack_a ? MR : r->rows / r->a_panels;
  r->longer_panels = r->pack_a ? 0 : r->rows % r->a_panels;
  r->a_pack_parts = r->pack_a && !r->later_a ? cr_parts(r->rows * r->k, 1 << 14) : 0;
  r->b_pack_parts = r->pack_b && new_b && !r->later_b ? cr_parts(r->columns * r->k, 1 << 14) : 0;
  cr_parallel(r->a_pack_parts + r->b_pack_parts, NS(pack_part), r);
  NS(cut)(r);
  cr_parallel(r->row_blocks * NS(divide_up)(r->b_panels, r->block_columns), NS(compute_part), r);
}

// The last resort where no memory is left to pack into.
static void NS(plain_loops)(const gemm_problem *q, const NS(output) *o) {
  const T *a = q->a, *b = q->b, *bias = q->bias;
  for (int64_t i = 0; i < q->m; i++)
    for (int64_t j = 0; j < q->n; j++) {
      T sum = 0;
      for (int64_t p = 0; p < q->k; p++) sum = FMA(a[i * q->a_row + p * q->a_column], b[p * q->b_row + j * q->b_column], sum);
      NS(put)(o, sum, (T *)q->c + i * q->c_row + j * q->c_column, bias ? bias + i * q->bias_row + j * q->bias_column : NULL);
    }
}

static void NS(blocked)(const gemm_problem *q, const NS(output) *o) {
  NS(round) r = {.problem = q};
  // Packing pays where the packed panels are used again and again, or where the vector loads would have gaps.
  bool is_compact = q->b_row <= 4 * NR && q->m <= 8 * MR;
  r.pack_b = q->b_column != 1 || (q->m > 3 * MR && q->k * q->n > 8192 && !is_compact);
  // Rows that are contiguous along k are read as well where they lie, unless they are read very often.
  r.pack_a = q->n > NR && q->m * q->k > 8192 && (q->a_column != 1 || q->n > NS(OFTEN));
  r.later_b = r.pack_b && q->m <= NS(FEW) && q->n >= 8 * NR;
  r.later_a = r.pack_a && !r.later_b && q->n <= NS(FEW) && q->m >= 8 * MR;
  int64_t k_step = NS(divide_up)(q->k, NS(divide_up)(q->k, NS(KC)));
  int64_t most_rows = q->m < NS(MC) ? q->m : NS(MC), most_columns = q->n < NS(NC) ? q->n : NS(NC);
  size_t a_bytes = r.pack_a ? (size_t)(NS(divide_up)(most_rows, MR) * MR * k_step) * sizeof(T) : 0;
  size_t b_bytes = r.pack_b ? (size_t)(NS(divide_up)(most_columns, NR) * NR * k_step) * sizeof(T) : 0;
  a_bytes = (a_bytes + 63) & ~(size_t)63;
  _Alignas(64) char stack[NS(STACK)];
  size_t capacity = 0;
  char *space = stack;
  if (a_bytes + b_bytes > sizeof stack) {
    space = cr_alloc(a_bytes + b_bytes, &capacity);
    if (!space) {
      NS(plain_loops)(q, o);
      return;
    }
  }
  r.packed_a = (T *)space;
  r.packed_b = (T *)(space + a_bytes);
  const T *a = q->a, *b = q->b, *bias = q->bias;
  for (int64_t j = 0; j < q->n; j += NS(NC)) {
    r.columns = q->n - j < NS(NC) ? q->n - j : NS(NC);
    for (int64_t p = 0; p < q->k; p += k_step) {
      r.k = q->k - p < k_step ? q->k - p : k_step;
      r.output = *o;
      if (p > 0) r.output.beta = 1;
      bool last = p + r.k == q->k;
      if (!last) r.output.relu = false;
      r.b = b + p * q->b_row + j * q->b_column;
      for (int64_t i = 0; i < q->m; i += NS(MC)) {
        r.rows = q->m - i < NS(MC) ? q->m - i : NS(MC);
        r.a = a + i * q->a_row + p * q->a_column;
        r.c = (T *)q->c + i * q->c_row + j * q->c_column;
        r.bias = bias && last ? bias + i * q->bias_row + j * q->bias_column : NULL;
        NS(run_round)(&r, i == 0);
      }
    }
  }
  if (capacity) cr_free(space, capacity);
}

// At most four rows against columns that are contiguous along k: dot products.
typedef struct {
  const gemm_problem *problem;
  const NS(output) *output;
  int64_t parts;
} NS(dot_job);

static void NS(dot_part)(void *context, int64_t part) {
  const NS(dot_job) *job = context;
  const gemm_problem *q = job->problem;
  int64_t from = q->n * part / job->parts, to = q->n * (part + 1) / job->parts;
  NS(dot_rows)((int)q->m, to - from, q->k, q->a, q->a_row, (const T *)q->b + from * q->b_column, q->b_column, job->output,
               (T *)q->c + from * q->c_column, q->bias ? (const T *)q->bias + from * q->bias_column : NULL);
}

// One or two rows against rows of B: four vectors wide, so that enough sums are on their way.
static void NS(wide_part)(void *context, int64_t part) {
  const NS(dot_job) *job = context;
  const gemm_problem *q = job->problem;
  int64_t step = 4 * LANES, panels = q->n / step;
  int64_t from = panels * part / job->parts * step, to = panels * (part + 1) / job->parts * step;
  if (part + 1 == job->parts) to = q->n;
  const T *b = q->b, *bias = q->bias;
  for (int64_t j = from; j < to;) {
    int64_t columns = to - j;
    NS(tile_function) tile = NS(wide_tiles)[q->m - 1];
    int tail = LANES;
    if (columns >= step) {
      columns = step;
    } else {
      int vectors = columns > LANES ? 2 : 1;
      if (columns > vectors * LANES) columns = vectors * LANES;
      tile = NS(plain_tiles)[q->m - 1][vectors - 1];
      tail = (int)columns - (vectors - 1) * LANES;
    }
    tile(q->k, q->a, q->a_row, q->a_column, b + j, q->b_row, tail, job->output, (T *)q->c + j * q->c_column,
         bias ? bias + j * q->bias_column : NULL);
    j += columns;
  }
}

// A small result of a long k (the weight gradient of a narrow layer): k is cut into a fixed number of parts, each with a result of its
// own, which are added in order.
typedef struct {
  const gemm_problem *problem;
  T *partial;
  int64_t parts;
} NS(split_job);

static void NS(split_part)(void *context, int64_t part) {
  const NS(split_job) *job = context;
  gemm_problem q = *job->problem;
  int64_t from = q.k * part / job->parts, to = q.k * (part + 1) / job->parts;
  q.a = (const T *)q.a + from * q.a_column;
  q.b = (const T *)q.b + from * q.b_row;
  q.k = to - from;
  q.c = job->partial + part * q.m * q.n;
  q.c_row = q.n;
  q.c_column = 1;
  NS(output) o = {.alpha = 1, .c_row = q.n, .c_column = 1};
  q.bias = NULL;
  NS(blocked)(&q, &o);
}

static bool NS(split)(const gemm_problem *q, const NS(output) *o) {
  NS(split_job) job = {.problem = q, .parts = q->k / (2 * NS(KC))};
  if (job.parts > 8) job.parts = 8;
  size_t count = (size_t)(q->m * q->n), capacity;
  job.partial = cr_alloc(count * (size_t)job.parts * sizeof(T), &capacity);
  if (!job.partial) return false;
  cr_parallel(job.parts, NS(split_part), &job);
  for (int64_t part = 1; part < job.parts; part++)
    for (size_t i = 0; i < count; i++) job.partial[i] += job.partial[(size_t)part * count + i];
  const T *bias = q->bias;
  for (int64_t i = 0; i < q->m; i++)
    for (int64_t j = 0; j < q->n; j++)
      NS(put)(o, job.partial[i * q->n + j], (T *)q->c + i * q->c_row + j * q->c_column,
              bias ? bias + i * q->bias_row + j * q->bias_column : NULL);
  cr_free(job.partial, capacity);
  return true;
}

void NS(gemm)(const gemm_problem *q) {
  NS(output) o = {(T)q->alpha, (T)q->beta, q->c_row, q->c_column, q->bias, q->bias_row, q->bias_column, q->relu};
  if (q->m <= 4 && q->b_row == 1 && q->b_column != 1 && q->a_column == 1) {
    NS(dot_job) job = {q, &o, cr_parts(q->m * q->n * q->k, 1 << 17)};
    cr_parallel(job.parts, NS(dot_part), &job);
  } else if (q->m <= 2 && q->b_column == 1) {
    NS(dot_job) job = {q, &o, cr_parts(q->m * q->n * q->k, 1 << 17)};
    cr_parallel(job.parts, NS(wide_part), &job);
  } else if (!(q->m * q->n <= 16 * MR * NR && q->k >= 8 * NS(KC) && NS(split)(q, &o))) {
    NS(blocked)(q, &o);
  }
}
