// What a source compiled once per instruction set needs to know. The including file defines CR_ISA_SUFFIX (portable, avx2,
// avx512), opens the matching `clang attribute` region and includes the .inc files; their static functions stay private to
// that object file, only the tables named by CR_ISA() are seen outside.
#ifndef ELEMENTWISE_ISA_H
#define ELEMENTWISE_ISA_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cr_tensor.h"

// Vectors wider than the instruction set's registers are meant; the functions that pass them are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define CR_JOIN_(a, b) a##_##b
#define CR_JOIN(a, b) CR_JOIN_(a, b)
#define CR_ISA(name) CR_JOIN(name, CR_ISA_SUFFIX)

// Width 16 is one AVX-512 register of float32, two AVX2 ones, four SSE or NEON ones;
// each element's arithmetic is the same IEEE operations in body and remainder, so both give the same bits.
#define CR_LOOP _Pragma("clang loop vectorize(assume_safety) vectorize_width(16) interleave_count(1)")
#define CR_LOOP_WIDE _Pragma("clang loop vectorize(assume_safety) vectorize_width(16) interleave_count(4)")
#define CR_LOOP_DOUBLE _Pragma("clang loop vectorize(assume_safety) vectorize_width(8) interleave_count(1)")

#define CR_INLINE static inline __attribute__((always_inline, unused))

#endif
