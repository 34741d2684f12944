// Not tried: there was no macOS to try it on.
#include "cr_backtrace.h"

#include <stddef.h>
#include <stdlib.h>

void cr_free_text(char *text) { free(text); }

#ifdef __APPLE__

#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>

// Swift's runtime, which every program has that comes here.
extern char *swift_demangle(const char *mangled, size_t length, char *buffer, size_t *size, uint32_t flags);

int32_t cr_backtrace(void **frames, int32_t limit) { return backtrace(frames, limit); }

char *cr_function_name(const void *address) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_sname) return NULL;
  char *name = swift_demangle(info.dli_sname, strlen(info.dli_sname), NULL, NULL, 0);
  return name ? name : strdup(info.dli_sname);
}

#else

int32_t cr_backtrace(void **frames, int32_t limit) {
  (void)frames, (void)limit;
  return 0;
}

char *cr_function_name(const void *address) {
  (void)address;
  return NULL;
}

#endif
