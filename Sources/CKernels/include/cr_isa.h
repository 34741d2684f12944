// The instruction sets that every family of kernels is compiled for, and the one choice among them.
#ifndef CR_ISA_H
#define CR_ISA_H

#include <stdbool.h>
#include <stdint.h>

// X(set) for each set this processor architecture may have, best first. "portable" is plain C, and always there.
#if defined(__x86_64__)
#define CR_EACH_ISA(X) X(avx512) X(avx2) X(portable)
#elif defined(__aarch64__)
#define CR_EACH_ISA(X) X(neon) X(portable)
#else
#define CR_EACH_ISA(X) X(portable)
#endif

#define CR_ISA_MEMBER(set) CR_ISA_##set,
typedef enum cr_isa : uint8_t { CR_EACH_ISA(CR_ISA_MEMBER) CR_ISA_COUNT } cr_isa;
#undef CR_ISA_MEMBER

// The set in use: the best the machine has, or the one that CHAINRULE_ISA names where the machine has it. Chosen before main.
cr_isa cr_isa_in_use(void);

// The set's name: "avx512", "avx2", "neon" or "portable".
const char *cr_isa_name(cr_isa set);

// Whether this machine has the set.
bool cr_isa_available(cr_isa set);

// Uses `set` from here on; false, and no change, where the machine lacks it. For tests: no kernel may be running.
bool cr_isa_use(cr_isa set);

#endif
