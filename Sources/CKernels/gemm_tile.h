// The inner loops of one instruction set and one type: a tile of rows x vectors of C is held in registers while k runs.
// Included by gemm_isa.h, once per type, with these defined:
//   T, NS(name)      the element and its name space
//   VECTOR_BYTES     size of a vector; LANES follows
//   MR               rows of a full tile (two vectors wide)
//   K_BYTES          of a line along k that goes through a tile at once
//   MASK, MAKE_MASK(count), LOAD_MASKED(p, mask), STORE_MASKED(p, mask, v)   the first `count` lanes
//   FMA(a, b, c)     a * b + c

#define LANES ((int)(VECTOR_BYTES / sizeof(T)))
#define NR (2 * LANES)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef T NS(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef T NS(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T))));
typedef T NS(quad) __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T))));

INLINE NS(vector) NS(load)(const T *p) { return *(const NS(unaligned) *)p; }
INLINE void NS(store)(T *p, NS(vector) v) { *(NS(unaligned) *)p = v; }
INLINE NS(vector) NS(splat)(T x) { return x - (NS(vector)){}; }

// Four rows to four columns.
INLINE void NS(turn)(const NS(quad) *r, NS(quad) *to) {
  NS(quad) low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  NS(quad) low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  to[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  to[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  to[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  to[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

// x < 0 ? 0 : x, which keeps NaN.
INLINE NS(vector) NS(rectified)(NS(vector) x) {
  typedef __typeof__(x < x) lanes;
  return (NS(vector))(~(x < (NS(vector)){}) & (lanes)x);
}

// How a finished tile reaches C.
typedef struct {
  T alpha, beta;
  int64_t c_row, c_column;
  const T *bias;
  int64_t bias_row, bias_column;
  bool relu;
} NS(output);

// alpha x + beta c + bias, then the activation, one element at a time: transposed results, biases, dot products.
INLINE void NS(put)(const NS(output) *o, T x, T *c, const T *bias) {
  x *= o->alpha;
  if (o->beta != 0) x = FMA(o->beta, *c, x);
  if (bias) x += *bias;
  *c = o->relu && x < 0 ? 0 : x;
}

static __attribute__((noinline)) void NS(put_tile)(const NS(output) *o, const T *tile, int rows, int width, int columns, T *c,
                                                   const T *bias) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      NS(put)(o, tile[i * width + j], c + i * o->c_row + j * o->c_column,
              bias ? bias + i * o->bias_row + j * o->bias_column : NULL);
}

// Sums on their way to C, row by row; of the last vector of a row only what `mask` names, unless all of it is wanted.
INLINE void NS(finish)(const int rows, const int vectors, const bool all, NS(vector) (*sum)[4], MASK mask, const NS(output) *to, T *c,
                       const T *bias) {
  const NS(output) o = *to;  // a store to C might change what `to` points to, for all that the compiler knows
  if (o.alpha != 1) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] *= NS(splat)(o.alpha);
  }
  if (o.beta != 0) {
    NS(vector) beta = NS(splat)(o.beta);
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) {
      const T *p = c + i * o.c_row + v * LANES;
      sum[i][v] = FMA(beta, all || v + 1 < vectors ? NS(load)(p) : LOAD_MASKED(p, mask), sum[i][v]);
    }
  }
  if (bias && o.bias_column == 0) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] += NS(splat)(bias[i * o.bias_row]);
  } else if (bias) {
    UNROLL for (int v = 0; v < vectors; v++) {
      NS(vector) shift = all || v + 1 < vectors ? NS(load)(bias + v * LANES) : LOAD_MASKED(bias + v * LANES, mask);
      UNROLL for (int i = 0; i < rows; i++) sum[i][v] += shift;
    }
  }
  if (o.relu) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = NS(rectified)(sum[i][v]);
  }
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) {
    T *p = c + i * o.c_row + v * LANES;
    if (all || v + 1 < vectors) NS(store)(p, sum[i][v]);
    else STORE_MASKED(p, mask, sum[i][v]);
  }
}

// `rows` x `vectors` of C, of whose last vector `tail` lanes are wanted. A packed A lies in panels of MR; a packed B is padded, so that
// nothing of it needs a mask. Constant arguments make one loop each.
INLINE void NS(tile)(const int rows, const int vectors, const bool packed_a, const bool packed_b, int64_t k, const T *a, int64_t a_row, int64_t a_column,
                     const T *b, int64_t b_row, int tail, const NS(output) *o, T *c, const T *bias) {
  NS(vector) sum[MR][4];
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = (NS(vector)){};
  MASK mask = MAKE_MASK(tail);
  // C is fetched while the sums are made. Only a hint: with other strides it is merely of no use.
  if (packed_b && vectors == 2) UNROLL for (int i = 0; i < rows; i++) {
    __builtin_prefetch(c + i * o->c_row, 1, 3);
    __builtin_prefetch(c + i * o->c_row + 2 * LANES - 1, 1, 3);
  }
  // Rows by threes from a pointer each: x, x + row and x + 2 row are addresses the processor forms by itself.
  const T *rows3[(MR + 2) / 3];
  UNROLL for (int i = 0; i < rows; i += 3) rows3[i / 3] = a + i * a_row;
  for (int64_t p = 0; p < k; p++) {
    NS(vector) line[4];
    UNROLL for (int v = 0; v < vectors; v++)
      line[v] = packed_b || v + 1 < vectors ? NS(load)(b + v * LANES) : LOAD_MASKED(b + v * LANES, mask);
    UNROLL for (int i = 0; i < rows; i++) {
      NS(vector) x = NS(splat)(packed_a ? a[i] : rows3[i / 3][(i % 3) * a_row]);
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(x, line[v], sum[i][v]);
    }
    b += b_row;
    if (packed_a) a += MR;
    else UNROLL for (int i = 0; i < rows; i += 3) rows3[i / 3] += a_column;
  }
  if (o->c_column == 1 && (!bias || o->bias_column == 0 || (o->bias_row == 0 && o->bias_column == 1))) {
    if (tail == LANES) NS(finish)(rows, vectors, true, sum, mask, o, c, bias);
    else NS(finish)(rows, vectors, false, sum, mask, o, c, bias);
    return;
  }
  T spilled[MR * 4 * LANES];
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < vectors; v++)
    NS(store)(spilled + (i * vectors + v) * LANES, sum[i][v]);
  NS(put_tile)(o, spilled, rows, vectors * LANES, (vectors - 1) * LANES + tail, c, bias);
}

typedef void (*NS(tile_function))(int64_t k, const T *a, int64_t a_row, int64_t a_column, const T *b, int64_t b_row, int tail,
                                  const NS(output) *o, T *c, const T *bias);

#define TILE(name, rows, vectors, packed_a, packed_b)                                                                                 \
  static void NS(name##rows##x##vectors)(int64_t k, const T *a, int64_t a_row, int64_t a_column, const T *b, int64_t b_row, int tail, \
                                         const NS(output) *o, T *c, const T *bias) {                                                  \
    NS(tile)(rows, vectors, packed_a, packed_b, k, a, a_row, a_column, b, b_row, tail, o, c, bias);                                   \
  }
#define TILES(rows)                                                          \
  TILE(plain, rows, 1, false, false) TILE(plain, rows, 2, false, false)      \
  TILE(ordered, rows, 1, false, true) TILE(ordered, rows, 2, false, true)    \
  TILE(packed, rows, 1, true, true) TILE(packed, rows, 2, true, true)
#define ROW(name, rows) {NS(name##rows##x1), NS(name##rows##x2)}
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
TILE(wide, 1, 4, false, false)
TILE(wide, 2, 4, false, false)
#if MR == 12
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12)
#define ROWS(name)                                                                                                             \
  {ROW(name, 1), ROW(name, 2), ROW(name, 3), ROW(name, 4), ROW(name, 5), ROW(name, 6), ROW(name, 7), ROW(name, 8),             \
   ROW(name, 9), ROW(name, 10), ROW(name, 11), ROW(name, 12)}
#else
#define ROWS(name) {ROW(name, 1), ROW(name, 2), ROW(name, 3), ROW(name, 4), ROW(name, 5), ROW(name, 6)}
#endif
// [rows - 1][vectors - 1]
static const NS(tile_function) NS(plain_tiles)[MR][2] = ROWS(plain);
static const NS(tile_function) NS(ordered_tiles)[MR][2] = ROWS(ordered);  // B packed, or of whole vectors
static const NS(tile_function) NS(packed_tiles)[MR][2] = ROWS(packed);
static const NS(tile_function) NS(wide_tiles)[2] = {NS(wide1x4), NS(wide2x4)};
#undef TILE
#undef TILES
#undef ROW
#undef ROWS

INLINE T NS(sum_lanes)(NS(vector) v) {
  T lane[LANES];
  NS(store)(lane, v);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  return lane[0];
}

// rows x columns dot products along k, which is contiguous in both operands.
INLINE void NS(dots)(const int rows, const int columns, int64_t k, const T *a, int64_t a_row, const T *b, int64_t b_column,
                     const NS(output) *o, T *c, const T *bias) {
  NS(vector) sum[4][8];
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < columns; j++) sum[i][j] = (NS(vector)){};
  int64_t p = 0;
  for (; p + LANES <= k; p += LANES) {
    NS(vector) x[4];
    UNROLL for (int i = 0; i < rows; i++) x[i] = NS(load)(a + i * a_row + p);
    UNROLL for (int j = 0; j < columns; j++) {
      NS(vector) y = NS(load)(b + j * b_column + p);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = FMA(x[i], y, sum[i][j]);
    }
  }
  if (p < k) {
    MASK mask = MAKE_MASK((int)(k - p));
    UNROLL for (int j = 0; j < columns; j++) {
      NS(vector) y = LOAD_MASKED(b + j * b_column + p, mask);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = FMA(LOAD_MASKED(a + i * a_row + p, mask), y, sum[i][j]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < columns; j++)
    NS(put)(o, NS(sum_lanes)(sum[i][j]), c + i * o->c_row + j * o->c_column,
            bias ? bias + i * o->bias_row + j * o->bias_column : NULL);
}

#define DOTS(rows, wide)                                                                                                              \
  case rows:                                                                                                                          \
    for (; j + wide <= columns; j += wide)                                                                                            \
      NS(dots)(rows, wide, k, a, a_row, b + j * b_column, b_column, o, c + j * o->c_column, bias ? bias + j * o->bias_column : NULL); \
    for (; j < columns; j++)                                                                                                          \
      NS(dots)(rows, 1, k, a, a_row, b + j * b_column, b_column, o, c + j * o->c_column, bias ? bias + j * o->bias_column : NULL);    \
    break;
static void NS(dot_rows)(int rows, int64_t columns, int64_t k, const T *a, int64_t a_row, const T *b, int64_t b_column,
                         const NS(output) *o, T *c, const T *bias) {
  int64_t j = 0;
  switch (rows) {
    DOTS(1, 8)
    DOTS(2, 4)
    DOTS(3, 4)
    DOTS(4, 4)
  }
}
#undef DOTS

// Packs `count` lines (columns of op(B), rows of op(A)) of length k into one panel of `width`: panel[p * width + i], zero from
// `count` on. `line` is the stride from line to line, `along` the stride along k.
INLINE void NS(pack_panel)(const int width, const T *source, int64_t line, int64_t along, int64_t count, int64_t k, T *panel) {
  if (count == width && line == 1) {
    for (int64_t p = 0; p < k; p++) {
      // Far apart lines the processor does not foresee.
      __builtin_prefetch(source + (p + 12) * along);
      __builtin_memcpy(panel + p * width, source + p * along, width * sizeof(T));
    }
    return;
  }
  int64_t done = 0;  // along k
  if (along == 1) {
    // Blocks of 4 x 4 turned in registers.
    for (; done + 4 <= k; done += 4) {
      // As many lines as there are rows advance at once: more than the processor follows.
      if (done % (64 / sizeof(T)) == 0)
        for (int64_t i = 0; i < count; i++) __builtin_prefetch(source + i * line + done + 128 / sizeof(T));
      for (int64_t i = 0; i + 4 <= count; i += 4) {
        const T *s = source + i * line + done;
        NS(quad) rows[4], columns[4];
        UNROLL for (int q = 0; q < 4; q++) rows[q] = *(const NS(quad) *)(s + q * line);
        NS(turn)(rows, columns);
        UNROLL for (int q = 0; q < 4; q++) *(NS(quad) *)(panel + (done + q) * width + i) = columns[q];
      }
      for (int64_t p = done; p < done + 4; p++) {
        for (int64_t i = count & ~3; i < count; i++) panel[p * width + i] = source[i * line + p];
        for (int64_t i = count; i < width; i++) panel[p * width + i] = 0;
      }
    }
  }
  for (int64_t p = done; p < k; p++) {
    for (int64_t i = 0; i < count; i++) panel[p * width + i] = source[i * line + p * along];
    for (int64_t i = count; i < width; i++) panel[p * width + i] = 0;
  }
}
