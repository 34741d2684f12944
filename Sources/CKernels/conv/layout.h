// What conv.c hands to the loops of one instruction set, and the geometry they share.
#ifndef CONV_LAYOUT_H
#define CONV_LAYOUT_H

#include "cr_conv.h"

enum { CONV_MAX_COLUMNS = 512 };

// How the large side lies in memory: as it is, or in a copy with zeros around it whose rows are split by phase of the stride, so that
// what one kernel element meets along a row of outputs is always contiguous.
typedef struct conv_layout {
  const cr_conv *conv;
  bool is_direct;
  int64_t depth, height, width;  // what the outputs reach
  int64_t row, slice, plane;     // strides of a row, of a depth slice, of a channel
  int64_t phase;                 // elements of one phase
  int64_t taps;                  // kernel elements
  int64_t positions;             // of the small side of one image
} conv_layout;

// A run of columns and the contiguous run of elements it stands for, relative to a channel (and a tap) of the first image.
typedef struct conv_run {
  int64_t source;
  int32_t at, length;
} conv_run;

// A run of columns inside one image of the small side.
typedef struct conv_piece {
  int64_t image, position;
  int32_t at, length;
} conv_piece;

void conv_layout_of(const cr_conv *conv, conv_layout *layout);
// Where tap `tap` begins, relative to the first one.
int64_t conv_tap_offset(const conv_layout *layout, int64_t tap);
// Columns `first`..<`first + count` of all outputs of a batch, as runs of what they read of the large side, as runs of the small side,
// and image by image. All return how many there are.
int conv_runs(const conv_layout *layout, int64_t first, int64_t count, conv_run *runs);
int conv_small_runs(const conv_layout *layout, int64_t first, int64_t count, conv_run *runs);
int conv_pieces(const conv_layout *layout, int64_t first, int64_t count, conv_piece *pieces);

#endif
