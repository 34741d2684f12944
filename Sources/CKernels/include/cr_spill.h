// A file without a name that takes elements for a while, and gives them back mapped into memory.
#ifndef CR_SPILL_H
#define CR_SPILL_H

#include <stddef.h>
#include <stdint.h>

// A fresh file in `directory` (NULL: where the system keeps temporary files) that no name leads to and that is gone with its last use;
// -1 where it cannot be made, and `*error` is the system's number.
int cr_spill_open(const char *directory, int *error);
void cr_spill_close(int file);
// Writes at `offset`; 0, or the system's number for what went wrong.
int cr_spill_write(int file, uint64_t offset, const void *bytes, size_t count);
// The bytes from `offset`, a multiple of `cr_spill_alignment`, in memory that is read from the file as it is touched; writing to it changes
// no file. NULL where the system refuses.
void *cr_spill_map(int file, uint64_t offset, size_t count);
void cr_spill_unmap(void *bytes, size_t count);
// The text of one of the system's numbers.
const char *cr_spill_text(int error);

enum { cr_spill_alignment = 16384 };

#endif
