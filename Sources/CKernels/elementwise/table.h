// The kernels of one instruction set: loops over contiguous rows, by operation and dtype. A null entry is an operation the dtype
// does not have.
#ifndef ELEMENTWISE_TABLE_H
#define ELEMENTWISE_TABLE_H

#include "cr_elementwise.h"
#include "isa/isa.h"

#define CR_DTYPES 12

// Which operand of a binary row is a single element.
typedef enum cr_row_mode { CR_BOTH_ROWS = 0, CR_RIGHT_SCALAR = 1, CR_LEFT_SCALAR = 2 } cr_row_mode;

typedef void (*cr_unary_row)(const void *x, void *out, int64_t n);
typedef void (*cr_attribute_row)(const void *x, void *out, int64_t n, double a, double b);
typedef bool (*cr_binary_row)(const void *a, const void *b, void *out, int64_t n, cr_row_mode mode);
typedef void (*cr_where_row)(const void *condition, const void *a, const void *b, void *out, int64_t n);

// out[c * out_stride + r] = x[r * x_stride + c].
typedef void (*cr_transpose)(const void *x, int64_t x_stride, void *out, int64_t out_stride, int64_t rows, int64_t columns);

// Short rows are transposed and worked on as columns, CR_ROWS_ABREAST of them side by side: out[c * CR_ROWS_ABREAST + r] = x[r * n + c]. `limit` is where
// the readable elements end; lanes at and after `rows` hold nothing useful.
#define CR_ROWS_ABREAST 64
typedef void (*cr_rows_to_columns)(const void *x, int64_t n, int64_t rows, const void *limit, void *out);
typedef void (*cr_columns_to_rows)(const void *x, int64_t n, int64_t rows, void *out);  // the way back

typedef struct cr_elementwise_table {
  cr_unary_row unary[CR_UNARY_COUNT][CR_DTYPES];
  cr_attribute_row attribute[CR_ATTRIBUTE_COUNT][CR_DTYPES];
  cr_binary_row binary[CR_BINARY_COUNT][CR_DTYPES];
  cr_where_row where[9];                        // by element size
  cr_unary_row cast[CR_DTYPES][CR_DTYPES];      // from, to
  cr_transpose transpose[9];                    // these three by element size
  cr_rows_to_columns rows_to_columns[9];
  cr_columns_to_rows columns_to_rows[9];
} cr_elementwise_table;

// How many elements a part of a parallel elementwise operation has at least.
#define CR_ELEMENTWISE_GRAIN 32768

#endif
