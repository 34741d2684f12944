// Convolutions: the geometry, and the choice of the algorithm.
#include "cr_conv.h"

#include "cr_memory.h"
#include "cr_threads.h"
#include "gemm/table.h"

void conv_layout_of(const cr_conv *g, conv_layout *l) {
  int64_t reach[3];
  bool fits = true;
  l->conv = g;
  l->taps = l->positions = 1;
  for (int d = 0; d < 3; d++) {
    reach[d] = (g->small[d] - 1) * g->stride[d] + g->dilation[d] * (g->kernel[d] - 1) + 1;
    fits = fits && g->padding[d] == 0 && reach[d] <= g->large[d];
    l->taps *= g->kernel[d];
    l->positions *= g->small[d];
  }
  l->is_direct = fits && g->stride[2] == 1;
  l->depth = reach[0];
  l->height = reach[1];
  l->width = reach[2];
  l->phase = l->is_direct ? g->large[2] : (reach[2] + g->stride[2] - 1) / g->stride[2];
  l->row = l->is_direct ? g->large[2] : l->phase * g->stride[2];
  l->slice = l->row * (l->is_direct ? g->large[1] : reach[1]);
  l->plane = l->slice * (l->is_direct ? g->large[0] : reach[0]);
}

int64_t conv_tap_offset(const conv_layout *l, int64_t tap) {
  const cr_conv *g = l->conv;
  int64_t w = tap % g->kernel[2] * g->dilation[2];
  int64_t h = tap / g->kernel[2] % g->kernel[1] * g->dilation[1];
  int64_t d = tap / g->kernel[2] / g->kernel[1] * g->dilation[0];
  return d * l->slice + h * l->row + w % g->stride[2] * l->phase + w / g->stride[2];
}

int conv_runs(const conv_layout *l, int64_t first, int64_t count, conv_run *runs) {
  const cr_conv *g = l->conv;
  int used = 0;
  int64_t w = first % g->small[2], rest = first / g->small[2];
  int64_t h = rest % g->small[1];
  rest /= g->small[1];
  int64_t d = rest % g->small[0], n = rest / g->small[0];
  for (int64_t at = 0; at < count;) {
    int64_t length = g->small[2] - w < count - at ? g->small[2] - w : count - at;
    int64_t source = n * g->channels * l->plane + d * g->stride[0] * l->slice + h * g->stride[1] * l->row + w;
    if (used > 0 && runs[used - 1].source + runs[used - 1].length == source) runs[used - 1].length += (int32_t)length;
    else runs[used++] = (conv_run){source, (int32_t)at, (int32_t)length};
    at += length;
    w = 0;
    if (++h == g->small[1]) {
      h = 0;
      if (++d == g->small[0]) {
        d = 0;
        n++;
      }
    }
  }
  return used;
}

int conv_pieces(const conv_layout *l, int64_t first, int64_t count, conv_piece *pieces) {
  int used = 0;
  int64_t n = first / l->positions, position = first % l->positions;
  for (int64_t at = 0; at < count; n++, position = 0) {
    int64_t length = l->positions - position < count - at ? l->positions - position : count - at;
    pieces[used++] = (conv_piece){n, position, (int32_t)at, (int32_t)length};
    at += length;
  }
  return used;
}

int conv_small_runs(const conv_layout *l, int64_t first, int64_t count, conv_run *runs) {
  int used = 0;
  int64_t n = first / l->positions, position = first % l->positions;
  for (int64_t at = 0; at < count; n++, position = 0) {
    int64_t length = l->positions - position < count - at ? l->positions - position : count - at;
    runs[used++] = (conv_run){n * l->conv->filters * l->positions + position, (int32_t)at, (int32_t)length};
    at += length;
  }
  return used;
}

// w with filters and channels exchanged and the taps in reverse: with stride 1 the transposed map is a convolution with it.
typedef struct {
  const cr_conv *conv;
  const char *from;
  char *to;
  int64_t taps, width;
} flip_job;

static void flip_channel(void *context, int64_t part) {
  const flip_job *j = context;
  int64_t channels = j->conv->channels / j->conv->groups, filters = j->conv->filters / j->conv->groups;
  int64_t group = part / channels, channel = part % channels;
  for (int64_t m = 0; m < filters; m++) {
    int64_t from = ((group * filters + m) * channels + channel) * j->taps, to = (part * filters + m) * j->taps + j->taps - 1;
    if (j->width == 4)
      for (int64_t t = 0; t < j->taps; t++) ((float *)j->to)[to - t] = ((const float *)j->from)[from + t];
    else
      for (int64_t t = 0; t < j->taps; t++) ((double *)j->to)[to - t] = ((const double *)j->from)[from + t];
  }
}

static bool is_flippable(const cr_conv *g) {
  for (int d = 0; d < 3; d++)
    if (g->stride[d] != 1 || g->padding[d] > g->dilation[d] * (g->kernel[d] - 1)) return false;
  return true;
}

// Worth it without tiles where each weight is used often and the channels fill tiles of the product.
static bool pays_flipping(const cr_conv *g) {
  int64_t columns = g->batch, taps = 1;
  for (int d = 0; d < 3; d++) {
    columns *= g->large[d];
    taps *= g->kernel[d];
  }
  return g->channels / g->groups >= 12 && taps > 1 && columns >= 1024;
}

// Whether Winograd's tiles pay: enough channels that the products outweigh the transforms, enough tiles that they outweigh those of the
// weight. `tiles` becomes the geometry of the tiles.
static bool has_tiles(cr_dtype dtype, const cr_conv *g, cr_conv *tiles) {
  if (dtype != CR_FLOAT32 || g->groups != 1 || g->channels < 16 || g->filters < 16 || g->large[0] != 1 || g->small[0] != 1) return false;
  *tiles = *g;
  for (int d = 0; d < 3; d++) {
    if (g->kernel[d] != (d == 0 ? 1 : 3) || g->stride[d] != 1 || g->dilation[d] != 1) return false;
    if (d == 0) continue;
    tiles->small[d] = (g->small[d] + 1) / 2;
    tiles->kernel[d] = 4;
    tiles->stride[d] = 2;
  }
  return g->padding[0] == 0 && g->batch * tiles->small[1] * tiles->small[2] >= 128;
}

static bool by_tiles(const cr_conv *g, const cr_conv *tiled, const void *x, const void *w, bool flipped, const void *bias, void *y) {
  conv_layout layout, tiles;
  conv_layout_of(g, &layout);
  conv_layout_of(tiled, &tiles);
  return cr_kernels.gemm->winograd_forward(&layout, &tiles, x, w, flipped, bias, y);
}

static cr_conv flipped_form(const cr_conv *g) {
  cr_conv other = *g;
  other.channels = g->filters;
  other.filters = g->channels;
  for (int d = 0; d < 3; d++) {
    other.large[d] = g->small[d];
    other.small[d] = g->large[d];
    other.padding[d] = g->dilation[d] * (g->kernel[d] - 1) - g->padding[d];
  }
  return other;
}

static bool flipped(cr_dtype dtype, const cr_conv *g, const cr_conv *other, const void *y, const void *w, const void *bias, void *x) {
  int64_t taps = g->kernel[0] * g->kernel[1] * g->kernel[2];
  size_t capacity, width = cr_dtype_size(dtype);
  flip_job job = {g, w, cr_alloc((size_t)(g->filters * g->channels / g->groups * taps) * width, &capacity), taps, (int64_t)width};
  if (!job.to) return false;
  cr_parallel(g->channels, flip_channel, &job);
  bool done = cr_conv_forward(dtype, other, y, job.to, bias, x);
  cr_free(job.to, capacity);
  return done;
}

bool cr_conv_forward(cr_dtype dtype, const cr_conv *conv, const void *x, const void *w, const void *bias, void *y) {
  cr_conv tiled;
  if (has_tiles(dtype, conv, &tiled)) return by_tiles(conv, &tiled, x, w, false, bias, y);
  conv_layout layout;
  conv_layout_of(conv, &layout);
  return cr_kernels.gemm->conv_forward[dtype == CR_FLOAT64](&layout, x, w, bias, y);
}

bool cr_conv_transposed(cr_dtype dtype, const cr_conv *conv, const void *y, const void *w, const void *bias, void *x) {
  if (is_flippable(conv)) {
    cr_conv other = flipped_form(conv), tiled;
    if (has_tiles(dtype, &other, &tiled)) return by_tiles(&other, &tiled, y, w, true, bias, x);
    if (pays_flipping(conv)) return flipped(dtype, conv, &other, y, w, bias, x);
  }
  conv_layout layout;
  conv_layout_of(conv, &layout);
  return cr_kernels.gemm->conv_transposed[dtype == CR_FLOAT64](&layout, y, w, bias, x);
}

bool cr_conv_weight(cr_dtype dtype, const cr_conv *conv, const void *x, const void *y, void *w) {
  conv_layout layout, tiles;
  cr_conv tiled;
  conv_layout_of(conv, &layout);
  if (has_tiles(dtype, conv, &tiled)) {
    conv_layout_of(&tiled, &tiles);
    return cr_kernels.gemm->winograd_weight(&layout, &tiles, x, y, w);
  }
  return cr_kernels.gemm->conv_weight[dtype == CR_FLOAT64](&layout, x, y, NULL, w);
}
