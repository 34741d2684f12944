#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

// SplitMix64 (Steele, Lea and Flood 2014).
uint64_t draw(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

box *make(cr_dtype dtype, int rank, const int64_t *sizes) {
  box *b = calloc(1, sizeof *b);
  b->t = (cr_tensor){.dims = b->dims, .dtype = dtype, .rank = (uint8_t)rank, .contiguous = true, .count = 1};
  for (int d = rank - 1; d >= 0; d--) {
    b->dims[d] = sizes[d];
    b->dims[rank + d] = b->t.count;
    b->t.count *= sizes[d];
  }
  b->t.data = calloc((size_t)b->t.count + 8, cr_dtype_size(dtype));
  return b;
}

void drop(box *b) {
  free(b->t.data);
  free(b);
}

static const double specials_of[] = {0,     -0.0, 1,     -1,    0.5,   INFINITY, -INFINITY, NAN,   0x1p-149, -0x1p-130, 88.7,
                                     -103.9, 1e6, 3e38, -1e30, 1e-20, 20,       -20,       0.999, -0.55,    2,         -2};

void randomize(box *b, double bound, bool specials) {
  for (int64_t i = 0; i < b->t.count; i++) {
    double v = ((double)(draw() >> 11) * 0x1p-52 - 1) * bound;
    if (specials && i % 8 == 3) v = specials_of[draw() % (sizeof specials_of / sizeof specials_of[0])];
    int64_t whole = fabs(v) < 1e18 ? (int64_t)v : (int64_t)(draw() % 1000);
    switch (b->t.dtype) {
      case CR_FLOAT32: ((float *)b->t.data)[i] = (float)v; break;
      case CR_FLOAT64: ((double *)b->t.data)[i] = v; break;
      case CR_INT32: ((int32_t *)b->t.data)[i] = (int32_t)(whole % 2000000000); break;
      case CR_INT64: ((int64_t *)b->t.data)[i] = whole; break;
      case CR_BOOL: ((uint8_t *)b->t.data)[i] = (uint8_t)(draw() & 1); break;
      default: ((uint8_t *)b->t.data)[i] = (uint8_t)llabs(whole); break;
    }
  }
}

static struct {
  const char *name;
  int compared, failed;
  uint64_t sum;
} family;

void begin(const char *name) {
  memset(&family, 0, sizeof family);
  family.name = name;
}

int end(void) {
  printf("%-12s %6d compared, %d differ, checksum %016llx\n", family.name, family.compared, family.failed, (unsigned long long)family.sum);
  return family.failed;
}

static double element(const box *b, const void *data, int64_t i) {
  return b->t.dtype == CR_FLOAT32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static bool is_floating(const box *b) { return b->t.dtype == CR_FLOAT32 || b->t.dtype == CR_FLOAT64; }

static void add_to_sum(const box *b) {
  size_t size = cr_dtype_size(b->t.dtype);
  for (int64_t i = 0; i < b->t.count; i++) {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)b->t.data + (size_t)i * size, size);
    if (is_floating(b) && isnan(element(b, b->t.data, i))) bits = 0x7ff8;
    family.sum = (family.sum ^ bits) * 0x100000001b3;
  }
}

static void judge(const char *what, const char *set, const box *b, const void *portable, double bound) {
  size_t size = cr_dtype_size(b->t.dtype);
  double largest = 0;
  if (is_floating(b))
    for (int64_t i = 0; i < b->t.count; i++)
      if (isfinite(element(b, portable, i))) largest = fmax(largest, fabs(element(b, portable, i)));
  family.compared++;
  for (int64_t i = 0; i < b->t.count; i++) {
    const char *mine = (const char *)b->t.data + (size_t)i * size, *other = (const char *)portable + (size_t)i * size;
    if (memcmp(mine, other, size) == 0) continue;
    if (is_floating(b)) {
      double x = element(b, b->t.data, i), y = element(b, portable, i);
      if (isnan(x) && isnan(y)) continue;
      if (bound > 0 && fabs(x - y) <= bound * largest) continue;
      if (family.failed < 10) printf("  %s, %s, element %lld: %.17g, portable %.17g\n", what, set, (long long)i, x, y);
    } else if (family.failed < 10) {
      printf("  %s, %s, element %lld differs\n", what, set, (long long)i);
    }
    family.failed++;
    return;
  }
}

void compare(const char *what, void (*compute)(void *), void *context, box *const *outs, int count, double bound) {
  void *portable[8];
  // Each run begins with what the outputs hold now.
  void *before[8];
  for (int k = 0; k < count; k++) {
    size_t bytes = (size_t)outs[k]->t.count * cr_dtype_size(outs[k]->t.dtype);
    before[k] = malloc(bytes + 1);
    portable[k] = malloc(bytes + 1);
    memcpy(before[k], outs[k]->t.data, bytes);
  }
  for (int set = CR_ISA_COUNT - 1; set >= 0; set--) {
    if (!cr_isa_use((cr_isa)set)) continue;
    for (int k = 0; k < count; k++)
      memcpy(outs[k]->t.data, before[k], (size_t)outs[k]->t.count * cr_dtype_size(outs[k]->t.dtype));
    compute(context);
    for (int k = 0; k < count; k++) {
      if (set == CR_ISA_portable) memcpy(portable[k], outs[k]->t.data, (size_t)outs[k]->t.count * cr_dtype_size(outs[k]->t.dtype));
      else judge(what, cr_isa_name((cr_isa)set), outs[k], portable[k], bound);
    }
  }
  for (int k = 0; k < count; k++) {
    memcpy(outs[k]->t.data, portable[k], (size_t)outs[k]->t.count * cr_dtype_size(outs[k]->t.dtype));
    free(before[k]);
    free(portable[k]);
  }
}

void compare_summed(const char *what, void (*compute)(void *), void *context, box *const *outs, int count, double bound) {
  compare(what, compute, context, outs, count, bound);
  for (int k = 0; k < count; k++) add_to_sum(outs[k]);
}
