// The loops of layers, once per instruction set. Those of pooling, batch normalisation and resampling work on planes (channels)
// from..<to.
#ifndef LAYERS_TABLE_H
#define LAYERS_TABLE_H

#include "cr_batch_norm.h"
#include "cr_pooling.h"
#include "cr_recurrent.h"
#include "cr_resampling.h"
#include "cr_threads.h"
#include "isa/isa.h"

// Units of a recurrent layer that go through a step together.
enum { STEP_UNITS = 32 };

// A step of a recurrent layer; see recurrent_cell.inc.
typedef struct cr_step_loops {
  void (*forward)(const cr_recurrent *layer, int64_t unit, int64_t width, const void *bias, const void *before, void *c, void *h,
                  void *kept);
  void (*backward)(const cr_recurrent *layer, int64_t unit, int64_t width, const void *sums, const void *dh, const void *dc,
                   const void *before, const void *c, const void *kept, void *carry, void *dz, int64_t dz_row, void *dbias);
} cr_step_loops;

typedef struct cr_layer_loops {
  void (*max_pool)(const cr_windows *windows, const void *x, void *y, int64_t *indices, int64_t from, int64_t to);
  void (*max_pool_backward)(const cr_windows *windows, const void *dy, const int64_t *indices, void *dx, int64_t from, int64_t to);
  void (*mean_pool)(const cr_windows *windows, const void *x, void *y, int64_t from, int64_t to);
  void (*mean_pool_transposed)(const cr_windows *windows, const void *dy, void *dx, int64_t from, int64_t to);
  void (*batch_norm)(const cr_batch_norm *norm, const void *x, const void *weight, const void *bias, void *y, void *mean, void *variance,
                     int64_t from, int64_t to);
  void (*batch_norm_backward)(const cr_batch_norm *norm, const void *dy, const void *x, const void *mean, const void *variance,
                              const void *weight, void *dx, void *dweight, void *dbias, int64_t from, int64_t to);
  void (*resample)(const cr_resampling *map, const void *x, void *y, int64_t from, int64_t to);
  void (*resample_transposed)(const cr_resampling *map, const void *dy, void *dx, int64_t from, int64_t to);
  // Rows of attention; see attention_rows.inc.
  void (*softmax_rows)(void *scores, int64_t rows, int64_t columns, int64_t first, void *sums);
  void (*weight_rows)(void *scores, int64_t rows, int64_t columns, int64_t first, const void *sums);
  void (*score_gradient)(const void *p, void *dp, int64_t rows, int64_t columns, const void *dy, const void *y,
                         int64_t width, int64_t stride, double scale);
  cr_step_loops steps[4];  // by kind
} cr_layer_loops;

// float32, float64
typedef struct cr_layers_table {
  cr_layer_loops types[2];
} cr_layers_table;

// Elements of a part of the work at least.
enum { CR_LAYER_GRAIN = 1 << 15 };

// Into how many parts `units` (planes, channels) of `elements` in all are divided.
static inline int64_t cr_layer_parts(int64_t units, int64_t elements) {
  int64_t parts = cr_parts(elements, CR_LAYER_GRAIN);
  return parts <= units ? parts : units > 0 ? units : 1;
}

// The loops of the instruction set in use.
static inline const cr_layer_loops *cr_layer_loops_for(cr_dtype dtype) { return &cr_kernels.layers->types[dtype == CR_FLOAT64]; }

#endif
