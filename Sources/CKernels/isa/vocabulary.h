// The words that kernels compiled once for each instruction set are written in. A source FAMILY_SET.c includes its family's table,
// then isa/SET.h, which opens the set's region and names it, then the family's .inc files, then isa/end.h. Their static functions stay
// private to that object file; outside only the table is seen, whose name CR_ISA() makes.
#ifndef ISA_VOCABULARY_H
#define ISA_VOCABULARY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
#define CR_UNROLL _Pragma("clang loop unroll(full)")

#define CR_INLINE static inline __attribute__((always_inline, unused))

#endif
