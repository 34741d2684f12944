// Convolution as a matrix product whose packed operand is gathered from the image straight into the panels of the tile (an implicit
// im2col: Chetlur et al., cuDNN: Efficient Primitives for Deep Learning, 2014). Columns run over the outputs of the whole batch, so
// that small images fill a tile too. Parts depend on the shape alone. Included by gemm_isa.h after gemm_driver.h.

enum {
  // Panels of columns gathered at once: they stay in the second-level cache while the other operand passes.
  NS(PANELS) = 8,
  // A call whose multiplications are fewer runs on its own thread.
  NS(SMALL) = 1 << 17,
};

static int64_t NS(at_most)(int64_t x, int64_t limit) { return x < limit ? x : limit; }

// The last vector lies over the one before it, so that nothing beyond the run is touched.
INLINE void NS(copy_run)(T *to, const T *from, int64_t count) {
  int64_t i = 0;
  if (count >= LANES) {
    for (; i + LANES <= count; i += LANES) NS(store)(to + i, NS(load)(from + i));
    if (i < count) NS(store)(to + count - LANES, NS(load)(from + count - LANES));
  } else if (count >= 4) {
    for (; i + 4 <= count; i += 4) *(NS(quad) *)(to + i) = *(const NS(quad) *)(from + i);
    *(NS(quad) *)(to + count - 4) = *(const NS(quad) *)(from + count - 4);
  } else {
    for (; i < count; i++) to[i] = from[i];
  }
}

// The two phases of a row of stride 2, zeros around them: what has an even place in the image, and what has an odd one.
INLINE void NS(split_row)(const conv_layout *l, const T *from, T *row) {
  int64_t padding = l->conv->padding[2], width = l->conv->large[2];
  T *half[2] = {row + padding % 2 * l->phase, row + (padding + 1) % 2 * l->phase};
  int64_t first[2] = {padding / 2, (padding + 1) / 2}, count[2];
  for (int f = 0; f < 2; f++) {
    count[f] = NS(at_most)((width + 1 - f) / 2, l->phase - first[f]);
    for (int64_t q = 0; q < first[f]; q++) half[f][q] = 0;
    for (int64_t q = first[f] + count[f]; q < l->phase; q++) half[f][q] = 0;
    half[f] += first[f];
  }
  int64_t q = 0;
  for (; q + 4 <= NS(at_most)(count[0], count[1]); q += 4) {
    NS(quad) a = *(const NS(quad) *)(from + 2 * q), b = *(const NS(quad) *)(from + 2 * q + 4);
    *(NS(quad) *)(half[0] + q) = __builtin_shufflevector(a, b, 0, 2, 4, 6);
    *(NS(quad) *)(half[1] + q) = __builtin_shufflevector(a, b, 1, 3, 5, 7);
  }
  for (int f = 0; f < 2; f++)
    for (int64_t k = q; k < count[f]; k++) half[f][k] = from[2 * k + f];
}

// The large side in the layout's form.
typedef struct {
  const conv_layout *layout;
  const T *source;
  T *target;
  T bias;
} NS(pad_job);

static void NS(pad_part)(void *context, int64_t part) {
  const NS(pad_job) *job = context;
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  const T *source = job->source + part * g->large[0] * g->large[1] * g->large[2];
  T *row = job->target + part * l->plane;
  int64_t step = g->stride[2], width = g->large[2];
  for (int64_t d = 0; d < l->depth; d++)
    for (int64_t h = 0; h < l->height; h++, row += l->row) {
      int64_t from_d = d - g->padding[0], from_h = h - g->padding[1];
      if (from_d < 0 || from_d >= g->large[0] || from_h < 0 || from_h >= g->large[1]) {
        memset(row, 0, (size_t)l->row * sizeof(T));
        continue;
      }
      const T *from = source + (from_d * g->large[1] + from_h) * width;
      if (step == 1) {
        int64_t before = g->padding[2], count = NS(at_most)(width, l->row - before);
        for (int64_t q = 0; q < before; q++) row[q] = 0;
        NS(copy_run)(row + before, from, count);
        for (int64_t q = before + count; q < l->row; q++) row[q] = 0;
        continue;
      }
      if (step == 2) {
        NS(split_row)(l, from, row);
        continue;
      }
      for (int64_t f = 0; f < step; f++) {
        T *to = row + f * l->phase;
        // The first and the last element of the phase that the image has.
        int64_t low = g->padding[2] > f ? (g->padding[2] - f + step - 1) / step : 0;
        int64_t high = width + g->padding[2] > f ? (width + g->padding[2] - f + step - 1) / step : 0;
        if (high > l->phase) high = l->phase;
        if (low > high) low = high;
        from += f - g->padding[2];
        for (int64_t q = 0; q < low; q++) to[q] = 0;
        for (int64_t q = low; q < high; q++) to[q] = from[q * step];
        for (int64_t q = high; q < l->phase; q++) to[q] = 0;
        from -= f - g->padding[2];
      }
    }
}

static void NS(crop_part)(void *context, int64_t part) {
  const NS(pad_job) *job = context;
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  T *to = job->target + part * g->large[0] * g->large[1] * g->large[2];
  const T *source = job->source + part * l->plane;
  T outside = job->bias;
  int64_t step = g->stride[2];
  for (int64_t d = 0; d < g->large[0]; d++)
    for (int64_t h = 0; h < g->large[1]; h++, to += g->large[2]) {
      int64_t from_d = d + g->padding[0], from_h = h + g->padding[1];
      bool reached = from_d < l->depth && from_h < l->height;
      const T *from = source + from_d * l->slice + from_h * l->row;
      int64_t end = reached ? l->width - g->padding[2] : 0;
      if (end > g->large[2]) end = g->large[2];
      if (end < 0) end = 0;
      if (step == 1) {
        NS(copy_run)(to, from + g->padding[2], end);
      } else {
        for (int64_t f = 0; f < step; f++) {
          int64_t w = f - g->padding[2] % step;
          if (w < 0) w += step;
          const T *line = from + f * l->phase + (w + g->padding[2]) / step;
          for (int64_t q = 0; w < end; w += step, q++) to[w] = line[q];
        }
      }
      for (int64_t w = end; w < g->large[2]; w++) to[w] = outside;
    }
}

static void NS(run_parts)(int64_t work, int64_t parts, cr_task task, void *context) {
  if (work >= NS(SMALL)) cr_parallel(parts, task, context);
  else for (int64_t part = 0; part < parts; part++) task(context, part);
}

// The runs of one row of columns, in whole vectors where the source goes on that far; the target always does, and is written in order.
INLINE void NS(gather)(T *to, const T *from, const conv_run *runs, int count, const T *end) {
  const conv_run *last = runs + count - 1;
  if (from + last->source + last->length + LANES <= end) {
    for (int s = 0; s < count; s++) {
      const T *source = from + runs[s].source;
      T *target = to + runs[s].at;
      // The compiler would call memcpy for a loop over all vectors; most runs have one or two.
      NS(store)(target, NS(load)(source));
      if (runs[s].length > LANES) NS(store)(target + LANES, NS(load)(source + LANES));
      for (int64_t i = 2 * LANES; i < runs[s].length; i += LANES) NS(store)(target + i, NS(load)(source + i));
    }
    return;
  }
  for (int s = 0; s < count; s++)
    for (int64_t i = 0; i < runs[s].length; i++) to[runs[s].at + i] = from[runs[s].source + i];
}

// to = from + bias, or to += from.
INLINE void NS(put_run)(T *to, const T *from, int64_t length, bool adds, T bias) {
  int64_t i = 0;
  NS(vector) shift = NS(splat)(bias);
  for (; i + LANES <= length; i += LANES)
    NS(store)(to + i, NS(load)(from + i) + (adds ? NS(load)(to + i) : shift));
  if (length - i == 4) {  // a row of a small image
    *(NS(quad) *)(to + i) = *(const NS(quad) *)(from + i) + (adds ? *(const NS(quad) *)(to + i) : bias - (NS(quad)){});
  } else if (i < length && length > LANES && !adds) {
    NS(store)(to + length - LANES, NS(load)(from + length - LANES) + shift);
  } else if (i < length) {
    MASK mask = MAKE_MASK((int)(length - i));
    STORE_MASKED(to + i, mask, LOAD_MASKED(from + i, mask) + (adds ? LOAD_MASKED(to + i, mask) : shift));
  }
}

typedef struct {
  const conv_layout *layout;
  const T *x, *w, *y, *bias;  // x in the layout's form
  const T *x_end, *y_end;
  T *out;
  T *packed;                   // the other operand's panels; forward: the gathered ones, NULL where each part gathers its own
  const int64_t *taps;         // their offsets
  int64_t channels, filters;   // of one group
  int64_t depth;               // length of the sums
  int64_t k_blocks;
  int64_t panel_step;          // from panel to panel: the longest block of k, and what gathering writes beyond it
  int64_t panels, panel_blocks;
  int64_t rows_a, row_blocks;  // panels of rows
  int64_t images, image_blocks;
  int64_t block_channels, channel_blocks;
  int64_t splits;
  int64_t columns_out;
} NS(conv_job);

static bool NS(prepare)(NS(conv_job) *job, const conv_layout *l, const T *x, void **own, size_t *capacity) {
  const cr_conv *g = l->conv;
  *own = NULL;
  *capacity = 0;
  int64_t planes = g->batch * g->channels;
  job->layout = l;
  job->channels = g->channels / g->groups;
  job->filters = g->filters / g->groups;
  job->x = x;
  job->x_end = x ? x + planes * l->plane : NULL;
  if (l->is_direct) return true;
  size_t count = (size_t)(planes * l->plane + 2 * LANES);
  *own = cr_alloc(count * sizeof(T), capacity);
  if (!*own) return false;
  if (x) {
    NS(pad_job) pad = {l, x, *own, 0};
    NS(run_parts)(planes * l->plane * 4, planes, NS(pad_part), &pad);
  }
  job->x = *own;
  job->x_end = job->x + count;
  return true;
}

// Rows k0..<k1 of a panel of columns.
static void NS(gather_panel)(const NS(conv_job) *job, int64_t group, const conv_run *runs, int count, int64_t k0, int64_t k1, T *to) {
  const conv_layout *l = job->layout;
  const T *base = job->x + group * job->channels * l->plane;
  int64_t channel = k0 / l->taps, tap = k0 % l->taps;
  for (int64_t k = k0; k < k1; k++, to += NR) {
    NS(gather)(to, base + channel * l->plane + job->taps[tap], runs, count, job->x_end);
    if (++tap == l->taps) {
      tap = 0;
      channel++;
    }
  }
}

// One panel's rows of one block of k, for all blocks of filters.
static void NS(gather_part)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  int64_t j = part % job->panels, block = part / job->panels % job->k_blocks, group = part / job->panels / job->k_blocks;
  int64_t left = job->layout->conv->batch * job->layout->positions - j * NR;
  int64_t k0 = job->depth * block / job->k_blocks, k1 = job->depth * (block + 1) / job->k_blocks;
  T *to = job->packed + part * job->panel_step;
  conv_run runs[NR];
  if (left < NR) memset(to, 0, (size_t)job->panel_step * sizeof(T));
  NS(gather_panel)(job, group, runs, conv_runs(job->layout, j * NR, NS(at_most)(left, NR), runs), k0, k1, to);
}

static void NS(forward_part)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  int64_t row_block = part % job->row_blocks, rest = part / job->row_blocks;
  int64_t block = rest % job->panel_blocks, group = rest / job->panel_blocks;
  int64_t j0 = job->panels * block / job->panel_blocks, j1 = job->panels * (block + 1) / job->panel_blocks;
  int64_t i0 = job->rows_a * row_block / job->row_blocks, i1 = job->rows_a * (row_block + 1) / job->row_blocks;
  int64_t columns = g->batch * l->positions;
  conv_run runs[NS(PANELS)][NR];
  conv_piece pieces[NS(PANELS)][NR];
  int run_count[NS(PANELS)], piece_count[NS(PANELS)];
  size_t capacity = 0;
  T *own = NULL;
  if (!job->packed) {
    own = cr_alloc((size_t)(NS(PANELS) * job->panel_step) * sizeof(T), &capacity);
    if (!own) abort();
  }
  for (int64_t j = j0; j < j1; j++) {
    int64_t count = columns - j * NR < NR ? columns - j * NR : NR;
    run_count[j - j0] = conv_runs(l, j * NR, count, runs[j - j0]);
    piece_count[j - j0] = conv_pieces(l, j * NR, count, pieces[j - j0]);
    if (own && count < NR) memset(own + (j - j0) * job->panel_step, 0, (size_t)job->panel_step * sizeof(T));
  }
  const NS(output) whole = {1, 0, NR, 1, NULL, 0, 0, false};
  T tile[MR * NR];
  for (int64_t b = 0; b < job->k_blocks; b++) {
    int64_t k0 = job->depth * b / job->k_blocks, k1 = job->depth * (b + 1) / job->k_blocks;
    const T *panels = own ? own : job->packed + ((group * job->k_blocks + b) * job->panels + j0) * job->panel_step;
    if (own)
      for (int64_t j = 0; j < j1 - j0; j++)
        NS(gather_panel)(job, group, runs[j], run_count[j], k0, k1, own + j * job->panel_step);
    for (int64_t i = i0; i < i1; i++) {
      // Panels of rows are dealt evenly; those of w are contiguous along k and read where they lie.
      int64_t row = job->filters * i / job->rows_a, rows = job->filters * (i + 1) / job->rows_a - row;
      const T *a = job->w + (group * job->filters + row) * job->depth + k0;
      for (int64_t j = 0; j < j1 - j0; j++) {
        int64_t count = columns - (j0 + j) * NR;
        if (piece_count[j] == 1) {
          const conv_piece *p = pieces[j];
          const T *bias = job->bias && b == 0 ? job->bias + group * job->filters + row : NULL;
          const NS(output) there = {1, b > 0, l->positions, 1, bias, 1, 0, false};
          bool two = p->length > LANES;
          NS(ordered_tiles)[rows - 1][two](k1 - k0, a, job->depth, 1, panels + j * job->panel_step, NR, p->length - two * LANES, &there,
                                           job->out + (p->image * g->filters + group * job->filters + row) * l->positions + p->position, bias);
          continue;
        }
        NS(ordered_tiles)[rows - 1][count > LANES](k1 - k0, a, job->depth, 1, panels + j * job->panel_step, NR, LANES, &whole, tile, NULL);
        int tile_row = NR;
        for (int64_t r = 0; r < rows; r++) {
          int64_t filter = group * job->filters + row + r;
          T bias = job->bias ? job->bias[filter] : 0;
          for (int s = 0; s < piece_count[j]; s++) {
            const conv_piece *p = &pieces[j][s];
            NS(put_run)(job->out + (p->image * g->filters + filter) * l->positions + p->position, tile + r * tile_row + p->at, p->length,
                        b > 0, bias);
          }
        }
      }
    }
  }
  cr_free(own, capacity);
}

static bool NS(tap_offsets)(const conv_layout *l, int64_t **taps, size_t *capacity) {
  *taps = cr_alloc((size_t)l->taps * sizeof(int64_t), capacity);
  if (!*taps) return false;
  for (int64_t t = 0; t < l->taps; t++) (*taps)[t] = conv_tap_offset(l, t);
  return true;
}

bool NS(conv_forward)(const conv_layout *l, const void *x, const void *w, const void *bias, void *y) {
  const cr_conv *g = l->conv;
  NS(conv_job) job = {.w = w, .bias = bias, .out = y};
  void *own;
  int64_t *taps;
  size_t own_capacity, capacity = 0, taps_capacity;
  if (!NS(prepare)(&job, l, x, &own, &own_capacity)) return false;
  if (!NS(tap_offsets)(l, &taps, &taps_capacity)) return false;
  job.taps = taps;
  job.depth = job.channels * l->taps;
  job.k_blocks = (job.depth + NS(KC) - 1) / NS(KC);
  job.panel_step = (job.depth + job.k_blocks - 1) / job.k_blocks * NR + LANES;
  job.rows_a = (job.filters + MR - 1) / MR;
  job.panels = (g->batch * l->positions + NR - 1) / NR;
  // Eight blocks or more where there are so many panels, of at most PANELS. Few columns are gathered once and shared out by filters.
  bool shares = job.panels <= NS(PANELS) && job.rows_a > 1;
  job.panel_blocks = shares ? 1 : NS(at_most)(job.panels, 8);
  if (job.panel_blocks * NS(PANELS) < job.panels) job.panel_blocks = (job.panels + NS(PANELS) - 1) / NS(PANELS);
  job.row_blocks = shares ? NS(at_most)(job.rows_a, 8) : 1;
  int64_t work = g->batch * l->positions * g->filters * job.depth, gathers = g->groups * job.k_blocks * job.panels;
  bool done = true;
  if (shares) {
    job.packed = cr_alloc((size_t)(gathers * job.panel_step) * sizeof(T), &capacity);
    done = job.packed != NULL;
    if (done) NS(run_parts)(work, gathers, NS(gather_part), &job);
  }
  if (done) NS(run_parts)(work, g->groups * job.panel_blocks * job.row_blocks, NS(forward_part), &job);
  cr_free(job.packed, capacity);
  cr_free(taps, taps_capacity);
  cr_free(own, own_capacity);
  return done;
}

// MARK: The transposed map: a product with w' whose tiles are added where they belong.

// Panels of one block of channels that are packed together.
enum { NS(TOGETHER) = 4 };
static int64_t NS(pack_parts)(const NS(conv_job) *job) { return (job->rows_a + NS(TOGETHER) - 1) / NS(TOGETHER); }

static void NS(pack_channels)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  int64_t parts = NS(pack_parts)(job), panel = part % parts * NS(TOGETHER), rest = part / parts;
  int64_t block = rest % job->channel_blocks, group = rest / job->channel_blocks, length = job->channels * l->taps;
  int64_t first = block * job->block_channels * l->taps + panel * MR, end = (block + 1) * job->block_channels * l->taps;
  int64_t rows = NS(at_most)(NS(at_most)(end, length) - first, NS(TOGETHER) * MR);
  NS(pack_side_by_side)(job->w + group * job->filters * length + first, length, rows, job->filters,
                        job->packed + (rest * job->rows_a + panel) * MR * job->filters);
}

static void NS(transposed_part)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  int64_t block = part % job->channel_blocks, rest = part / job->channel_blocks;
  int64_t images = rest % job->image_blocks, group = rest / job->image_blocks;
  int64_t n0 = images * job->images, n1 = NS(at_most)(n0 + job->images, g->batch);
  int64_t c0 = block * job->block_channels, c1 = NS(at_most)(c0 + job->block_channels, job->channels);
  for (int64_t n = n0; n < n1; n++)
    for (int64_t c = c0; c < c1; c++) {
      T bias = job->bias ? job->bias[group * job->channels + c] : 0;
      T *plane = job->out + (n * g->channels + group * job->channels + c) * l->plane;
      if (bias == 0) memset(plane, 0, (size_t)l->plane * sizeof(T));
      else for (int64_t e = 0; e < l->plane; e++) plane[e] = bias;
    }
  int64_t rows = (c1 - c0) * l->taps, end = n1 * l->positions, longest = (job->filters + job->k_blocks - 1) / job->k_blocks;
  const T *packed = job->packed + (group * job->channel_blocks + block) * job->rows_a * MR * job->filters;
  conv_run runs[NS(PANELS)][NR];
  conv_run pieces[NS(PANELS)][NR];  // of the small side, relative to a filter of the first image
  int run_count[NS(PANELS)], piece_count[NS(PANELS)];
  size_t capacity;
  T *panels = cr_alloc((size_t)(NS(PANELS) * longest * NR + LANES) * sizeof(T), &capacity);
  if (!panels) abort();
  const NS(output) whole = {1, 0, NR, 1, NULL, 0, 0, false};
  T tile[MR * NR];
  for (int64_t first = n0 * l->positions; first < end; first += NS(PANELS) * NR) {
    int64_t count = NS(at_most)((end - first + NR - 1) / NR, NS(PANELS));
    for (int64_t j = 0; j < count; j++) {
      int64_t left = NS(at_most)(end - first - j * NR, NR);
      run_count[j] = conv_runs(l, first + j * NR, left, runs[j]);
      piece_count[j] = conv_small_runs(l, first + j * NR, left, pieces[j]);
    }
    for (int64_t b = 0; b < job->k_blocks; b++) {
      int64_t k0 = job->filters * b / job->k_blocks, k1 = job->filters * (b + 1) / job->k_blocks;
      for (int64_t j = 0; j < count; j++) {
        T *to = panels + j * longest * NR;
        if (end - first - j * NR < NR) memset(to, 0, (size_t)(longest * NR) * sizeof(T));
        for (int64_t k = k0; k < k1; k++, to += NR)
          NS(gather)(to, job->y + (group * job->filters + k) * l->positions, pieces[j], piece_count[j], job->y_end);
      }
      for (int64_t i = 0; i * MR < rows; i++) {
        int64_t height = NS(at_most)(rows - i * MR, MR);
        const T *a = packed + i * MR * job->filters + k0 * MR;
        for (int64_t j = 0; j < count; j++) {
          int64_t left = end - first - j * NR;
          NS(packed_tiles)[height - 1][left > LANES](k1 - k0, a, 0, 0, panels + j * longest * NR, NR, LANES, &whole, tile, NULL);
          int tile_row = NR;
          for (int64_t r = 0; r < height; r++) {
            int64_t channel = group * job->channels + c0 + (i * MR + r) / l->taps;
            T *to = job->out + channel * l->plane + job->taps[(i * MR + r) % l->taps];
            for (int s = 0; s < run_count[j]; s++)
              NS(put_run)(to + runs[j][s].source, tile + r * tile_row + runs[j][s].at, runs[j][s].length, true, 0);
          }
        }
      }
    }
  }
  cr_free(panels, capacity);
}

// Elements of one channel outside what the outputs reach hold the bias alone, which differs from channel to channel.
static void NS(crop_channel)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  NS(pad_job) crop = {job->layout, job->out, (T *)job->x, job->bias ? job->bias[part % job->layout->conv->channels] : 0};
  NS(crop_part)(&crop, part);
}

bool NS(conv_transposed)(const conv_layout *l, const void *y, const void *w, const void *bias, void *x) {
  const cr_conv *g = l->conv;
  NS(conv_job) job = {.w = w, .y = y, .bias = bias};
  void *own;
  int64_t *taps;
  size_t own_capacity, capacity = 0, taps_capacity;
  if (!NS(prepare)(&job, l, NULL, &own, &own_capacity)) return false;
  if (!NS(tap_offsets)(l, &taps, &taps_capacity)) return false;
  job.taps = taps;
  job.y_end = job.y + g->batch * g->filters * l->positions;
  job.out = own ? own : x;
  job.x = x;
  job.k_blocks = (job.filters + NS(KC) - 1) / NS(KC);
  // Each part owns the channels of the images it adds to.
  int64_t panel_columns = NS(PANELS) * NR;
  job.images = l->positions < panel_columns ? NS(at_most)(panel_columns / l->positions, g->batch) : 1;
  job.image_blocks = (g->batch + job.images - 1) / job.images;
  int64_t wanted = 8 / (g->groups * job.image_blocks);
  job.channel_blocks = NS(at_most)(wanted < 1 ? 1 : wanted, job.channels);
  job.block_channels = (job.channels + job.channel_blocks - 1) / job.channel_blocks;
  job.channel_blocks = (job.channels + job.block_channels - 1) / job.block_channels;
  job.rows_a = (job.block_channels * l->taps + MR - 1) / MR;
  int64_t work = g->batch * l->positions * g->filters * job.channels * l->taps;
  job.packed = cr_alloc((size_t)(g->groups * job.channel_blocks * job.rows_a * MR * job.filters) * sizeof(T), &capacity);
  bool done = job.packed != NULL;
  if (done) {
    NS(run_parts)(work, g->groups * job.channel_blocks * NS(pack_parts)(&job), NS(pack_channels), &job);
    NS(run_parts)(work, g->groups * job.image_blocks * job.channel_blocks, NS(transposed_part), &job);
    if (own) NS(run_parts)(work, g->batch * g->channels, NS(crop_channel), &job);
  }
  cr_free(job.packed, capacity);
  cr_free(taps, taps_capacity);
  cr_free(own, own_capacity);
  return done;
}
