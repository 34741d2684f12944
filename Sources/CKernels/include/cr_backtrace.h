// Where a call came from, where the Swift toolchain's own backtraces are not to be had from within: on macOS. Elsewhere both find nothing.
#ifndef CR_BACKTRACE_H
#define CR_BACKTRACE_H

#include <stdint.h>

// The return addresses of the calls that lead here, innermost first; how many.
int32_t cr_backtrace(void **frames, int32_t limit);
// The function an address lies in, demangled, in memory that `cr_free_text` takes; NULL where it has no name.
char *cr_function_name(const void *address);
void cr_free_text(char *text);

#endif
