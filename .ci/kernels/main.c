// Runs every table of kernels under each instruction set that the machine (or its emulator) has and compares the results with those of
// the portable set: bit by bit where the arithmetic is the same for all sets, within a bound where the portable one has no fused
// multiply-add to use (products, and what is made of them). Plain C, so that it needs no Swift for the processor it is compiled for.
// Prints a checksum of the portable results of each family: two processors must agree on those that no system library has a hand in.
#include "check.h"

#include <string.h>

// The Swift runtime's, which is not here: no kernel counts references.
void *swift_retain(void *object) { return object; }

static const struct {
  const char *name;
  void (*run)(void);
} families[] = {
  {"elementwise", check_elementwise}, {"cast", check_casts},     {"reduce", check_reductions}, {"softmax", check_softmax},
  {"gemm", check_gemm},               {"conv", check_conv},      {"pooling", check_pooling},   {"batch norm", check_batch_norm},
  {"attention", check_attention},     {"recurrent", check_recurrent}, {"optimizer", check_optimizers},
  {"index", check_indexing},          {"random", check_random},
};

int main(void) {
  int failed = 0;
  for (int set = 0; set < CR_ISA_COUNT; set++)
    if (!cr_isa_use((cr_isa)set)) printf("%s: this machine lacks it\n", cr_isa_name((cr_isa)set));
  for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
    begin(families[i].name);
    families[i].run();
    failed += end();
  }
  printf(failed ? "FAILED\n" : "all agree\n");
  return failed != 0;
}
