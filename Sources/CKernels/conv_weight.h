// The weight's gradient: sums over the positions of the whole batch. Tiles run along the filters, so only the small side is turned; the
// large side is copied tap by tap, a block of positions at a time. Included by gemm_isa.h after conv_driver.h.

enum {
  NS(BLOCK) = CONV_MAX_COLUMNS,      // positions
  NS(BLOCK_ROW) = NS(BLOCK) + LANES, // a gathered row and a bit, so that rows do not all begin in one cache set
  NS(ROWS) = 120,                    // gathered at once
};

// The small side's filters of one image as panels [position][NR].
static void NS(turn_image)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const cr_conv *g = job->layout->conv;
  int64_t positions = job->layout->positions, image = part % g->batch, panel = part / g->batch % job->panels;
  int64_t group = part / g->batch / job->panels, left = job->filters - panel * NR;
  const T *source = job->y + (image * g->filters + group * job->filters + panel * NR) * positions;
  T *to = job->packed + (((group * job->panels + panel) * g->batch + image) * positions) * NR;
  NS(pack_panel)(NR, source, positions, 1, left < NR ? left : NR, positions, to);
}

static void NS(weight_part)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  int64_t split = part % job->splits, rest = part / job->splits;
  int64_t block = rest % job->channel_blocks, group = rest / job->channel_blocks;
  int64_t columns = g->batch * l->positions, blocks = (columns + NS(BLOCK) - 1) / NS(BLOCK);
  int64_t c0 = block * job->block_channels, c1 = NS(at_most)(c0 + job->block_channels, job->channels);
  int64_t length = job->channels * l->taps, rows = (c1 - c0) * l->taps;
  T *sums = job->out + ((split * g->groups + group) * length + c0 * l->taps) * job->columns_out;
  conv_run runs[NS(BLOCK)];
  size_t capacity;
  T *gathered = cr_alloc((size_t)((rows + 1) * NS(BLOCK_ROW)) * sizeof(T), &capacity);
  if (!gathered) abort();
  int64_t b0 = blocks * split / job->splits, b1 = blocks * (split + 1) / job->splits;
  for (int64_t b = b0; b < b1; b++) {
    int64_t first = b * NS(BLOCK), count = NS(at_most)(columns - first, NS(BLOCK));
    int run_count = conv_runs(l, first, count, runs);
    for (int64_t row = 0; row < rows; row++) {
      const T *from = job->x + (group * job->channels + c0 + row / l->taps) * l->plane + job->taps[row % l->taps];
      T *to = gathered + row * NS(BLOCK_ROW);
      NS(gather)(to, from, runs, run_count, job->x_end);
    }
    const NS(output) o = {1, b > b0, job->columns_out, 1, NULL, 0, 0, false};
    for (int64_t panel = 0; panel < job->panels; panel++) {
      const T *turned = job->packed + ((group * job->panels + panel) * columns + first) * NR;
      bool two = job->filters - panel * NR > LANES;
      for (int64_t i = 0; i < rows; i += MR) {
        int64_t height = NS(at_most)(rows - i, MR);
        NS(ordered_tiles)[height - 1][two](count, gathered + i * NS(BLOCK_ROW), NS(BLOCK_ROW), 1, turned, NR, LANES, &o,
                                         sums + i * job->columns_out + panel * NR, NULL);
      }
    }
  }
  cr_free(gathered, capacity);
}

// The splits added up in order and turned: [taps of all channels][filters] to [filters][taps of all channels], NR filters a part.
static void NS(turn_sums)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  int64_t groups = l->conv->groups, length = job->channels * l->taps, group = part / job->panels, panel = part % job->panels;
  int64_t width = NS(at_most)(job->filters - panel * NR, NR), stride = job->columns_out;
  T *to = (T *)job->w + (group * job->filters + panel * NR) * length;
  T *sums = job->out + group * length * stride + panel * NR;
  for (int64_t k = 0; k < length; k += 4) {
    int64_t rows = NS(at_most)(length - k, 4);
    for (int64_t s = 1; s < job->splits; s++)
      for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < NR; i += LANES) {
          T *sum = sums + (k + r) * stride + i;
          NS(store)(sum, NS(load)(sum) + NS(load)(sum + s * groups * length * stride));
        }
    int64_t i = 0;
    if (rows == 4)
      for (; i + 4 <= width; i += 4) {
        const T *f = sums + k * stride + i;
        NS(quad) lines[4], turned[4];
        UNROLL for (int q = 0; q < 4; q++) lines[q] = *(const NS(quad) *)(f + q * stride);
        NS(turn)(lines, turned);
        UNROLL for (int q = 0; q < 4; q++) *(NS(quad) *)(to + (i + q) * length + k) = turned[q];
      }
    for (; i < width; i++)
      for (int64_t r = 0; r < rows; r++) to[i * length + k + r] = sums[(k + r) * stride + i];
  }
}

static bool NS(many_positions)(NS(conv_job) *job, int64_t work) {
  const conv_layout *l = job->layout;
  const cr_conv *g = l->conv;
  size_t capacity, out_capacity;
  job->panels = (job->filters + NR - 1) / NR;
  job->columns_out = job->panels * NR;
  int64_t columns = g->batch * l->positions;
  // Blocks of channels whose rows fill tiles; the positions are split only where these are too few.
  int64_t even = 1;
  while (even < MR && even * l->taps % MR != 0) even++;
  job->block_channels = NS(ROWS) / l->taps / even * even;
  if (job->block_channels < 1) job->block_channels = 1;
  if (job->block_channels > job->channels) job->block_channels = job->channels;
  job->channel_blocks = (job->channels + job->block_channels - 1) / job->block_channels;
  int64_t parts = g->groups * job->channel_blocks, blocks = (columns + NS(BLOCK) - 1) / NS(BLOCK);
  job->splits = parts >= 6 || work < NS(SMALL) ? 1 : NS(at_most)((8 + parts - 1) / parts, blocks);
  job->packed = cr_alloc((size_t)(g->groups * job->columns_out * columns) * sizeof(T), &capacity);
  job->out = cr_alloc((size_t)(job->splits * g->groups * job->channels * l->taps * job->columns_out) * sizeof(T), &out_capacity);
  bool done = job->packed && job->out;
  if (done) {
    NS(run_parts)(work, g->groups * job->panels * g->batch, NS(turn_image), job);
    NS(run_parts)(work, parts * job->splits, NS(weight_part), job);
    NS(run_parts)(work, g->groups * job->panels, NS(turn_sums), job);
  }
  cr_free(job->out, out_capacity);
  cr_free(job->packed, capacity);
  return done;
}

// Few positions: tiles run along the weight, and it is the gathered rows that are turned.

static int64_t NS(few_row)(const NS(conv_job) *job) { return job->layout->conv->batch * job->layout->positions + LANES; }

// The small side of one filter, image after image.
static void NS(line_up)(void *context, int64_t filter) {
  const NS(conv_job) *job = context;
  const cr_conv *g = job->layout->conv;
  int64_t positions = job->layout->positions;
  for (int64_t n = 0; n < g->batch; n++)
    NS(copy_run)(job->packed + filter * NS(few_row)(job) + n * positions, job->y + (n * g->filters + filter) * positions, positions);
}

static void NS(few_part)(void *context, int64_t part) {
  const NS(conv_job) *job = context;
  const conv_layout *l = job->layout;
  int64_t block = part % job->channel_blocks, group = part / job->channel_blocks, length = job->channels * l->taps;
  int64_t c0 = block * job->block_channels, c1 = NS(at_most)(c0 + job->block_channels, job->channels), rows = (c1 - c0) * l->taps;
  int64_t columns = l->conv->batch * l->positions, stride = NS(few_row)(job);
  conv_run runs[NS(BLOCK)];
  int run_count = conv_runs(l, 0, columns, runs);
  size_t capacity;
  T *gathered = cr_alloc((size_t)(rows * stride + columns * NR) * sizeof(T), &capacity), *panel = gathered + rows * stride;
  if (!gathered) abort();
  for (int64_t row = 0; row < rows; row++) {
    const T *from = job->x + (group * job->channels + c0 + row / l->taps) * l->plane + job->taps[row % l->taps];
    NS(gather)(gathered + row * stride, from, runs, run_count, job->x_end);
  }
  const NS(output) o = {1, 0, length, 1, NULL, 0, 0, false};
  for (int64_t j = 0; j < rows; j += NR) {
    int64_t width = NS(at_most)(rows - j, NR);
    int vectors = width > LANES ? 2 : 1, tail = (int)width - (vectors - 1) * LANES;
    NS(pack_panel)(NR, gathered + j * stride, stride, 1, width, columns, panel);
    for (int64_t i = 0; i < job->rows_a; i++) {
      int64_t row = job->filters * i / job->rows_a, height = job->filters * (i + 1) / job->rows_a - row;
      int64_t filter = group * job->filters + row;
      NS(ordered_tiles)[height - 1][vectors - 1](columns, job->packed + filter * stride, stride, 1, panel, NR, tail, &o,
                                                 (T *)job->w + filter * length + c0 * l->taps + j, NULL);
    }
  }
  cr_free(gathered, capacity);
}

static bool NS(few_positions)(NS(conv_job) *job, int64_t work) {
  const cr_conv *g = job->layout->conv;
  size_t capacity;
  job->rows_a = (job->filters + MR - 1) / MR;
  job->block_channels = NS(at_most)(NR, job->channels);
  job->channel_blocks = (job->channels + job->block_channels - 1) / job->block_channels;
  job->packed = cr_alloc((size_t)(g->filters * NS(few_row)(job)) * sizeof(T), &capacity);
  if (!job->packed) return false;
  NS(run_parts)(work, g->filters, NS(line_up), job);
  NS(run_parts)(work, g->groups * job->channel_blocks, NS(few_part), job);
  cr_free(job->packed, capacity);
  return true;
}

bool NS(conv_weight)(const conv_layout *l, const void *x, const void *y, const void *unused, void *w) {
  (void)unused;
  const cr_conv *g = l->conv;
  NS(conv_job) job = {.w = w, .y = y};
  void *own;
  int64_t *taps;
  size_t own_capacity, taps_capacity;
  if (!NS(prepare)(&job, l, x, &own, &own_capacity)) return false;
  if (!NS(tap_offsets)(l, &taps, &taps_capacity)) return false;
  job.taps = taps;
  int64_t columns = g->batch * l->positions, work = columns * g->filters * job.channels * l->taps;
  bool few = columns <= job.filters && columns <= NS(BLOCK);
  bool done = few ? NS(few_positions)(&job, work) : NS(many_positions)(&job, work);
  cr_free(taps, taps_capacity);
  cr_free(own, own_capacity);
  return done;
}
