// The choice of the instruction set. Each family defines one table for each set, named FAMILY_SET; here they come together.
#include "isa/isa.h"

#include <stdlib.h>
#include <string.h>

#define DECLARE(set)                                             \
  extern const struct cr_elementwise_table cr_elementwise_##set; \
  extern const struct cr_reduce_table cr_reduce_##set;           \
  extern const struct cr_softmax_table cr_softmax_##set;         \
  extern const struct cr_gemm_table cr_gemm_##set;               \
  extern const struct cr_layers_table cr_layers_##set;           \
  extern const struct cr_optimizer_table cr_optimizer_##set;
CR_EACH_ISA(DECLARE)

#define TABLES(set)                                                                                                       \
  [CR_ISA_##set] = {&cr_elementwise_##set, &cr_reduce_##set, &cr_softmax_##set, &cr_gemm_##set, &cr_layers_##set, &cr_optimizer_##set},
static const cr_kernel_tables tables[CR_ISA_COUNT] = {CR_EACH_ISA(TABLES)};

#define NAME(set) [CR_ISA_##set] = #set,
static const char *const names[CR_ISA_COUNT] = {CR_EACH_ISA(NAME)};

cr_kernel_tables cr_kernels;
static cr_isa in_use;

bool cr_isa_available(cr_isa set) {
  if (set >= CR_ISA_COUNT) return false;
#if defined(__x86_64__)
  if (set == CR_ISA_portable) return true;
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (set == CR_ISA_avx2) return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
#else
  // NEON is part of every arm64.
  return true;
#endif
}

cr_isa cr_isa_in_use(void) { return in_use; }

const char *cr_isa_name(cr_isa set) { return names[set]; }

bool cr_isa_use(cr_isa set) {
  if (!cr_isa_available(set)) return false;
  in_use = set;
  cr_kernels = tables[set];
  return true;
}

__attribute__((constructor)) static void choose(void) {
  const char *wish = getenv("CHAINRULE_ISA");
  for (int set = 0; wish && set < CR_ISA_COUNT; set++)
    if (strcmp(wish, names[set]) == 0 && cr_isa_use((cr_isa)set)) return;
  for (int set = 0; set < CR_ISA_COUNT; set++)
    if (cr_isa_use((cr_isa)set)) return;
}
