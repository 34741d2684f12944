// 3x3 convolutions with stride 1 by Winograd's F(2x2, 3x3) (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016,
// section 4.1): 16 products for the 4 outputs of a tile instead of 36. With B, G and A of the paper, an output tile is
// A' [(G w G') * (B' x B)] A and the weight's gradient G' [(A y A') * (B' x B)] G, * element by element and summed over channels or
// tiles: 16 matrix products, one for each element of a transformed tile. Tiles of the large side overlap by two, so they lie as what a
// kernel of 4x4 with stride 2 meets, and are gathered like that. Included by gemm_isa.h after conv_weight.h.

enum { NS(POINTS) = 16, NS(TILE_BLOCK) = 2 * NR, NS(TILE_ROW) = NS(TILE_BLOCK) + LANES };

typedef struct {
  NS(conv_job) tiles;  // the large side; `small` of its geometry counts tiles
  NS(conv_job) whole;  // the small side as it is
  const T *bias;
  // Elements from filter to filter and from channel to channel of w, whose taps may come in reverse.
  int64_t filter_step, channel_step;
  bool reversed;
  T *weights;  // forward: [point][panel of filters][channel][MR]; gradient: sums [split][point][channel][filter]
} NS(winograd_job);

// A run of tiles of one row of tiles, and where its outputs go.
typedef struct {
  int64_t to;  // in the first filter's plane of the first image
  int32_t at, width, rows;
} NS(tile_run);

static int NS(tile_runs)(const NS(winograd_job) *job, int64_t first, int64_t count, NS(tile_run) *runs) {
  const cr_conv *g = job->whole.layout->conv, *t = job->tiles.layout->conv;
  int used = 0;
  for (int64_t at = 0; at < count;) {
    int64_t tile = first + at, column = tile % t->small[2], row = tile / t->small[2] % t->small[1];
    int64_t length = t->small[2] - column < count - at ? t->small[2] - column : count - at;
    int64_t width = 2 * length < g->small[2] - 2 * column ? 2 * length : g->small[2] - 2 * column;
    int64_t image = tile / job->tiles.layout->positions;
    runs[used++] = (NS(tile_run)){(image * g->filters * g->small[1] + 2 * row) * g->small[2] + 2 * column, (int32_t)at, (int32_t)width,
                                  2 * row + 1 < g->small[1] ? 2 : 1};
    at += length;
  }
  return used;
}

// Where the large side of NR tiles (or fewer) lies, relative to a channel of the first image.
typedef struct {
  conv_run runs[NR];
  int count;
  bool whole;     // each vector of tiles lies in one run: it is read where it is,
  int64_t at[2];  // from here
} NS(tile_source);

static void NS(find_tiles)(const conv_layout *l, int64_t first, int64_t count, NS(tile_source) *s) {
  s->count = conv_runs(l, first, count, s->runs);
  s->whole = count == NR;
  for (int v = 0; v < 2 && s->whole; v++) {
    const conv_run *run = s->runs;
    while (run->at + run->length <= v * LANES) run++;
    s->whole = run->at + run->length >= (v + 1) * LANES;
    s->at[v] = run->source + v * LANES - run->at;
  }
}

// B' d B for a vector of tiles, to 16 rows that are `step` apart. Element (i, j) of the tiles' d is at taps[j] + i taps[4].
INLINE void NS(transform_large)(const T *d, const int64_t *taps, T *to, int64_t step) {
  int64_t row = taps[4];
  NS(vector) t[4][4];
  UNROLL for (int j = 0; j < 4; j++) {
    const T *p = d + taps[j];
    NS(vector) a = NS(load)(p), b = NS(load)(p + row), c = NS(load)(p + 2 * row), e = NS(load)(p + 3 * row);
    t[0][j] = a - c;
    t[1][j] = b + c;
    t[2][j] = c - b;
    t[3][j] = b - e;
  }
  UNROLL for (int i = 0; i < 4; i++) {
    NS(store)(to + 4 * i * step, t[i][0] - t[i][2]);
    NS(store)(to + (4 * i + 1) * step, t[i][1] + t[i][2]);
    NS(store)(to + (4 * i + 2) * step, t[i][2] - t[i][1]);
    NS(store)(to + (4 * i + 3) * step, t[i][1] - t[i][3]);
  }
}

// The transformed tiles of a channel.
INLINE void NS(large_tiles)(const NS(winograd_job) *job, int64_t channel, const NS(tile_source) *s, T *to, int64_t step) {
  const T *from = job->tiles.x + channel * job->tiles.layout->plane;
  if (s->whole) {
    for (int v = 0; v < 2; v++) NS(transform_large)(from + s->at[v], job->tiles.taps, to + v * LANES, step);
    return;
  }
  static const int64_t gathered[] = {0, NR, 2 * NR, 3 * NR, 4 * NR};
  _Alignas(64) T d[NS(POINTS) * NR + LANES];
  for (int tap = 0; tap < NS(POINTS); tap++) NS(gather)(d + tap * NR, from + job->tiles.taps[tap], s->runs, s->count, job->tiles.x_end);
  for (int v = 0; v < 2; v++) NS(transform_large)(d + v * LANES, gathered, to + v * LANES, step);
}

// The nine taps of four filters (of `count`; the others are 0) as vectors.
INLINE void NS(load_taps)(const T *from, int64_t step, int64_t count, bool reversed, NS(quad) *w) {
  NS(quad) low[4], high[4], last;
  UNROLL for (int m = 0; m < 4; m++) {
    const T *p = from + (m < count ? m : 0) * step;
    const NS(quad) none = {};
    low[m] = m < count ? *(const NS(quad) *)p : none;
    high[m] = m < count ? *(const NS(quad) *)(p + 4) : none;
    last[m] = m < count ? p[8] : 0;
  }
  NS(turn)(low, w);
  NS(turn)(high, w + 4);
  w[8] = last;
  if (!reversed) return;
  UNROLL for (int k = 0; k < 4; k++) {
    NS(quad) other = w[8 - k];
    w[8 - k] = w[k];
    w[k] = other;
  }
}

// G w G' for a panel of filters, four at a time.
static void NS(transform_filters)(void *context, int64_t part) {
  const NS(winograd_job) *job = context;
  int64_t channels = job->tiles.channels, left = job->tiles.filters - part * MR, step = job->tiles.rows_a * channels * MR;
  const T *from = job->tiles.w + part * MR * job->filter_step;
  for (int64_t c = 0; c < channels; c++)
    UNROLL for (int m = 0; m < MR; m += 4) {
      NS(quad) w[9], t[4][3];
      NS(load_taps)(from + m * job->filter_step + c * job->channel_step, job->filter_step, left - m < MR - m ? left - m : MR - m,
                    job->reversed, w);
      UNROLL for (int j = 0; j < 3; j++) {
        NS(quad) ends = w[j] + w[6 + j], middle = w[3 + j];
        t[0][j] = w[j];
        t[1][j] = (ends + middle) / 2;
        t[2][j] = (ends - middle) / 2;
        t[3][j] = w[6 + j];
      }
      T *to = job->weights + part * channels * MR + c * MR + m;
      UNROLL for (int i = 0; i < 4; i++) {
        NS(quad) ends = t[i][0] + t[i][2], middle = t[i][1], out[4] = {t[i][0], (ends + middle) / 2, (ends - middle) / 2, t[i][2]};
        UNROLL for (int k = 0; k < 4; k++)
          __builtin_memcpy(to + (4 * i + k) * step, &out[k], (MR - m < 4 ? MR - m : 4) * sizeof(T));
      }
    }
}

// A' p A for NR tiles of one filter, to two rows of outputs; `step` apart are the rows of p.
INLINE void NS(transform_products)(const T *p, int64_t step, T *rows) {
  T even[2][NR], odd[2][NR];
  for (int v = 0; v < NR; v += LANES) {
    NS(vector) t[2][4];
    UNROLL for (int j = 0; j < 4; j++) {
      NS(vector) a = NS(load)(p + j * step + v), b = NS(load)(p + (4 + j) * step + v), c = NS(load)(p + (8 + j) * step + v);
      NS(vector) d = NS(load)(p + (12 + j) * step + v);
      t[0][j] = a + b + c;
      t[1][j] = b - c - d;
    }
    UNROLL for (int i = 0; i < 2; i++) {
      NS(store)(even[i] + v, t[i][0] + t[i][1] + t[i][2]);
      NS(store)(odd[i] + v, t[i][1] - t[i][2] - t[i][3]);
    }
  }
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < NR; k++) {
      rows[2 * (i * NR + k)] = even[i][k];
      rows[2 * (i * NR + k) + 1] = odd[i][k];
    }
}

static void NS(winograd_part)(void *context, int64_t part) {
  const NS(winograd_job) *job = context;
  const NS(conv_job) *tiles = &job->tiles;
  int64_t block = part % tiles->row_blocks, panel = part / tiles->row_blocks;
  int64_t i0 = tiles->rows_a * block / tiles->row_blocks, i1 = tiles->rows_a * (block + 1) / tiles->row_blocks;
  int64_t channels = tiles->channels, f0 = i0 * MR, f1 = NS(at_most)(i1 * MR, tiles->filters);
  int64_t first = panel * NR, count = NS(at_most)(tiles->layout->conv->batch * tiles->layout->positions - first, NR);
  NS(tile_source) source;
  NS(find_tiles)(tiles->layout, first, count, &source);
  NS(tile_run) outputs[NR];
  int output_count = NS(tile_runs)(job, first, count, outputs);
  size_t capacity;
  T *large = cr_alloc((size_t)(NS(POINTS) * (channels + f1 - f0) * NR) * sizeof(T), &capacity);
  if (!large) abort();
  T *products = large + NS(POINTS) * channels * NR;
  int64_t large_step = channels * NR, step = (f1 - f0) * NR;
  for (int64_t c = 0; c < channels; c++) NS(large_tiles)(job, c, &source, large + c * NR, large_step);
  const NS(output) whole = {1, 0, NR, 1, NULL, 0, 0, false};
  for (int64_t point = 0; point < NS(POINTS); point++)
    for (int64_t i = i0; i < i1; i++) {
      int64_t rows = NS(at_most)(tiles->filters - i * MR, MR);
      NS(packed_tiles)[rows - 1][1](channels, job->weights + (point * tiles->rows_a + i) * channels * MR, 0, 0, large + point * large_step,
                                    NR, LANES, &whole, products + point * step + (i * MR - f0) * NR, NULL);
    }
  int64_t positions = job->whole.layout->positions, width = job->whole.layout->conv->small[2];
  for (int64_t f = f0; f < f1; f++) {
    T rows[4 * NR], bias = job->bias ? job->bias[f] : 0;
    NS(transform_products)(products + (f - f0) * NR, step, rows);
    T *to = tiles->out + f * positions;
    for (int s = 0; s < output_count; s++)
      for (int r = 0; r < outputs[s].rows; r++)
        NS(put_run)(to + outputs[s].to + r * width, rows + 2 * (r * NR + outputs[s].at), outputs[s].width, false, bias);
  }
  cr_free(large, capacity);
}

bool NS(winograd_forward)(const conv_layout *l, const conv_layout *tiles, const void *x, const void *w, bool flipped, const void *bias,
                          void *y) {
  const cr_conv *g = l->conv;
  NS(winograd_job) job = {.tiles = {.w = w, .out = y}, .whole = {.layout = l}, .bias = bias, .reversed = flipped};
  job.filter_step = 9 * (flipped ? 1 : g->channels);
  job.channel_step = 9 * (flipped ? g->filters : 1);
  void *own;
  int64_t *taps;
  size_t own_capacity, capacity = 0, taps_capacity;
  if (!NS(prepare)(&job.tiles, tiles, x, &own, &own_capacity)) return false;
  if (!NS(tap_offsets)(tiles, &taps, &taps_capacity)) return false;
  job.tiles.taps = taps;
  job.tiles.rows_a = (g->filters + MR - 1) / MR;
  int64_t panels = (g->batch * tiles->positions + NR - 1) / NR;
  job.tiles.row_blocks = panels >= 8 ? 1 : NS(at_most)(job.tiles.rows_a, 8 / panels);
  job.weights = cr_alloc((size_t)(NS(POINTS) * job.tiles.rows_a * MR * g->channels) * sizeof(T), &capacity);
  bool done = job.weights != NULL;
  if (done) {
    cr_parallel(job.tiles.rows_a, NS(transform_filters), &job);
    cr_parallel(panels * job.tiles.row_blocks, NS(winograd_part), &job);
  }
  cr_free(job.weights, capacity);
  cr_free(taps, taps_capacity);
  cr_free(own, own_capacity);
  return done;
}

// A y A' for NR filters of one tile; `y` are its elements, NULL outside.
INLINE void NS(transform_small)(const T *const y[2][2], T *to, int64_t step) {
  for (int v = 0; v < NR; v += LANES) {
    NS(vector) t[4][2];
    UNROLL for (int j = 0; j < 2; j++) {
      NS(vector) a = y[0][j] ? NS(load)(y[0][j] + v) : (NS(vector)){}, b = y[1][j] ? NS(load)(y[1][j] + v) : (NS(vector)){};
      t[0][j] = a;
      t[1][j] = a + b;
      t[2][j] = a - b;
      t[3][j] = -b;
    }
    UNROLL for (int i = 0; i < 4; i++) {
      NS(store)(to + 4 * i * step + v, t[i][0]);
      NS(store)(to + (4 * i + 1) * step + v, t[i][0] + t[i][1]);
      NS(store)(to + (4 * i + 2) * step + v, t[i][0] - t[i][1]);
      NS(store)(to + (4 * i + 3) * step + v, -t[i][1]);
    }
  }
}

// The transformed tiles `first`..<`first + count` of a panel of filters: [point][tile][NR].
static void NS(small_tiles)(const NS(winograd_job) *job, int64_t panel, int64_t first, int64_t count, T *to) {
  const cr_conv *g = job->whole.layout->conv, *t = job->tiles.layout->conv;
  int64_t height = g->small[1], width = g->small[2];
  const T *turned = job->whole.packed + panel * g->batch * height * width * NR;
  for (int64_t i = 0; i < count; i++) {
    int64_t tile = first + i, column = 2 * (tile % t->small[2]), row = 2 * (tile / t->small[2] % t->small[1]);
    const T *at = turned + ((tile / job->tiles.layout->positions * height + row) * width + column) * NR;
    bool right = column + 1 < width, below = row + 1 < height;
    const T *const y[2][2] = {{at, right ? at + NR : NULL},
                              {below ? at + width * NR : NULL, right && below ? at + (width + 1) * NR : NULL}};
    NS(transform_small)(y, to + i * NR, NS(TILE_BLOCK) * NR);
  }
}

static void NS(winograd_weight_part)(void *context, int64_t part) {
  const NS(winograd_job) *job = context;
  const NS(conv_job) *tiles = &job->tiles;
  int64_t split = part % tiles->splits, block = part / tiles->splits, columns = job->whole.columns_out;
  int64_t c0 = tiles->channels * block / tiles->channel_blocks, rows = tiles->channels * (block + 1) / tiles->channel_blocks - c0;
  int64_t all = tiles->layout->conv->batch * tiles->layout->positions, blocks = (all + NS(TILE_BLOCK) - 1) / NS(TILE_BLOCK);
  int64_t b0 = blocks * split / tiles->splits, b1 = blocks * (split + 1) / tiles->splits;
  int64_t height = (rows + (rows + MR - 1) / MR - 1) / ((rows + MR - 1) / MR), step = rows * NS(TILE_ROW);
  T *sums = job->weights + (split * NS(POINTS) * tiles->channels + c0) * columns;
  NS(tile_source) source;
  size_t capacity;
  T *large = cr_alloc((size_t)(NS(POINTS) * (step + NS(TILE_BLOCK) * NR)) * sizeof(T), &capacity);
  if (!large) abort();
  T *small = large + NS(POINTS) * step;
  for (int64_t b = b0; b < b1; b++) {
    int64_t first = b * NS(TILE_BLOCK), count = NS(at_most)(all - first, NS(TILE_BLOCK));
    for (int64_t at = 0; at < count; at += NR) {
      NS(find_tiles)(tiles->layout, first + at, NS(at_most)(count - at, NR), &source);
      for (int64_t c = 0; c < rows; c++) NS(large_tiles)(job, c0 + c, &source, large + c * NS(TILE_ROW) + at, step);
    }
    const NS(output) o = {1, b > b0, columns, 1, NULL, 0, 0, false};
    for (int64_t panel = 0; panel < job->whole.panels; panel++) {
      NS(small_tiles)(job, panel, first, count, small);
      bool two = tiles->filters - panel * NR > LANES;
      for (int64_t point = 0; point < NS(POINTS); point++)
        for (int64_t i = 0; i < rows; i += height)
          NS(ordered_tiles)[NS(at_most)(rows - i, height) - 1][two](
              count, large + point * step + i * NS(TILE_ROW), NS(TILE_ROW), 1, small + point * NS(TILE_BLOCK) * NR, NR, LANES, &o,
              sums + (point * tiles->channels + i) * columns + panel * NR, NULL);
    }
  }
  cr_free(large, capacity);
}

// G' s G of the sums of all splits, for a panel of filters.
static void NS(transform_sums)(void *context, int64_t part) {
  const NS(winograd_job) *job = context;
  int64_t channels = job->tiles.channels, columns = job->whole.columns_out, left = NS(at_most)(job->tiles.filters - part * NR, NR);
  for (int64_t c = 0; c < channels; c++) {
    T w[9][NR];
    for (int v = 0; v < NR; v += LANES) {
      NS(vector) s[4][4], t[3][4];
      UNROLL for (int point = 0; point < NS(POINTS); point++) {
        const T *from = job->weights + (point * channels + c) * columns + part * NR + v;
        s[point / 4][point % 4] = NS(load)(from);
        for (int64_t split = 1; split < job->tiles.splits; split++)
          s[point / 4][point % 4] += NS(load)(from + split * NS(POINTS) * channels * columns);
      }
      UNROLL for (int j = 0; j < 4; j++) {
        NS(vector) sum = (s[1][j] + s[2][j]) * NS(splat)((T)0.5);
        t[0][j] = s[0][j] + sum;
        t[1][j] = (s[1][j] - s[2][j]) * NS(splat)((T)0.5);
        t[2][j] = sum + s[3][j];
      }
      UNROLL for (int i = 0; i < 3; i++) {
        NS(vector) sum = (t[i][1] + t[i][2]) * NS(splat)((T)0.5);
        NS(store)(w[3 * i] + v, t[i][0] + sum);
        NS(store)(w[3 * i + 1] + v, (t[i][1] - t[i][2]) * NS(splat)((T)0.5));
        NS(store)(w[3 * i + 2] + v, sum + t[i][3]);
      }
    }
    T *to = (T *)job->tiles.w + (part * NR * channels + c) * 9;
    int64_t m = 0;
    for (; m + 4 <= left; m += 4) {
      NS(quad) taps[9], low[4], high[4];
      UNROLL for (int k = 0; k < 9; k++) taps[k] = *(const NS(quad) *)(w[k] + m);
      NS(turn)(taps, low);
      NS(turn)(taps + 4, high);
      UNROLL for (int i = 0; i < 4; i++) {
        T *filter = to + (m + i) * channels * 9;
        *(NS(quad) *)filter = low[i];
        *(NS(quad) *)(filter + 4) = high[i];
        filter[8] = taps[8][i];
      }
    }
    for (; m < left; m++)
      for (int k = 0; k < 9; k++) to[m * channels * 9 + k] = w[k][m];
  }
}

bool NS(winograd_weight)(const conv_layout *l, const conv_layout *tiles, const void *x, const void *y, void *w) {
  const cr_conv *g = l->conv;
  NS(winograd_job) job = {.tiles = {.w = w}};
  void *own;
  int64_t *taps;
  size_t own_capacity, capacity = 0, taps_capacity, sums_capacity = 0;
  if (!NS(prepare)(&job.tiles, tiles, x, &own, &own_capacity)) return false;
  if (!NS(tap_offsets)(tiles, &taps, &taps_capacity)) return false;
  job.tiles.taps = taps;
  job.whole = (NS(conv_job)){.layout = l, .y = y, .filters = g->filters, .panels = (g->filters + NR - 1) / NR};
  job.whole.columns_out = job.whole.panels * NR;
  int64_t blocks = (g->batch * tiles->positions + NS(TILE_BLOCK) - 1) / NS(TILE_BLOCK);
  job.tiles.channel_blocks = (g->channels + 3 * MR - 1) / (3 * MR);
  job.tiles.splits = job.tiles.channel_blocks >= 6 ? 1 : NS(at_most)((8 + job.tiles.channel_blocks - 1) / job.tiles.channel_blocks, blocks);
  job.whole.packed = cr_alloc((size_t)(job.whole.columns_out * g->batch * l->positions) * sizeof(T), &capacity);
  job.weights = cr_alloc((size_t)(job.tiles.splits * NS(POINTS) * g->channels * job.whole.columns_out) * sizeof(T), &sums_capacity);
  bool done = job.whole.packed && job.weights;
  if (done) {
    cr_parallel(job.whole.panels * g->batch, NS(turn_image), &job.whole);
    cr_parallel(job.tiles.channel_blocks * job.tiles.splits, NS(winograd_weight_part), &job);
    cr_parallel(job.whole.panels, NS(transform_sums), &job);
  }
  cr_free(job.weights, sums_capacity);
  cr_free(job.whole.packed, capacity);
  cr_free(taps, taps_capacity);
  cr_free(own, own_capacity);
  return done;
}
