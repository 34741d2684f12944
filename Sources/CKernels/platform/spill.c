#include "cr_spill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int cr_spill_open(const char *directory, int *error) {
  const char *temporary = getenv("TMPDIR");
  const char *folder = directory ? directory : temporary && *temporary ? temporary : "/tmp";
  size_t length = strlen(folder) + sizeof "/chainrule-XXXXXX";
  char *path = malloc(length);
  if (!path) {
    *error = ENOMEM;
    return -1;
  }
  snprintf(path, length, "%s/chainrule-XXXXXX", folder);
  int file = mkstemp(path);
  *error = errno;
  if (file >= 0) unlink(path);
  free(path);
  return file;
}

void cr_spill_close(int file) { close(file); }

int cr_spill_write(int file, uint64_t offset, const void *bytes, size_t count) {
  const char *from = bytes;
  while (count > 0) {
    ssize_t written = pwrite(file, from, count, (off_t)offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    from += written;
    offset += (uint64_t)written;
    count -= (size_t)written;
  }
  return 0;
}

void *cr_spill_map(int file, uint64_t offset, size_t count) {
  void *bytes = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, (off_t)offset);
  return bytes == MAP_FAILED ? NULL : bytes;
}

void cr_spill_unmap(void *bytes, size_t count) { munmap(bytes, count); }

const char *cr_spill_text(int error) { return strerror(error); }
