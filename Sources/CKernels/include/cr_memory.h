// Buffers: a cache of freed blocks by size class, in front of the system.
#ifndef CR_MEMORY_H
#define CR_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A block of at least `bytes`, aligned to 64, uninitialised. `*capacity` receives its true size, which `cr_free` wants back.
// NULL where the system refuses, or where there is not that much memory: the system might promise it, and end the process that uses it.
void *cr_alloc(size_t bytes, size_t *capacity);
void cr_free(void *block, size_t capacity);

// The same for what a kernel works in, which its result has no part in. NULL has been reported: the kernel returns, its result unwritten.
void *cr_scratch(size_t bytes, size_t *capacity);
// Who is told of that: on the thread that called the kernel, after cr_parallel where a part of it was refused. Nobody: it is the end of
// the process, with a sentence.
void cr_on_shortage(void (*report)(uint64_t bytes));

// Sets memory aside for a block that is asked for later, from cr_alloc once it is given back by cr_unreserve; false where live blocks and
// what is set aside leave no room for it. Nothing is taken from the system.
bool cr_reserve(size_t bytes);
void cr_unreserve(size_t bytes);

// How many bytes a process can have here: the memory of the machine, or less where the system allows its group less. No block is
// larger; nor are all live ones together.
uint64_t cr_memory_limit(void);

// Gives every cached block back to the system.
void cr_empty_cache(void);

// Blocks that had to come from the system since the start. After warm-up a training step adds none.
uint64_t cr_large_allocations(void);

uint64_t cr_cached_bytes(void);
uint64_t cr_live_bytes(void);
uint64_t cr_peak_bytes(void);  // of live bytes, since the start or since the call of the next
void cr_restart_peak(void);

#endif
