// Freed blocks are kept by size class, four classes to a power of two, and found again by class alone. Fresh memory is written at a
// tenth of the speed of memory that was used before, so a block goes back to the system only when the cache would outgrow its
// bound: live and cached bytes together stay within 17/16 of the peak of live bytes (and some slack).
#include "cr_memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lock.h"

enum { CLASSES = 256, ALIGNMENT = 64 };
static const uint64_t slack = 8ull << 20;

// From here on blocks are mapped on their own, so that the system has all of one back; from the size of a huge page on in huge pages,
// where the system has them: first written at 9 to 35 GB/s instead of 2.
static const size_t mapped_from = 256ull << 10;
static const size_t huge_page = 2ull << 20;

// Lies in the free block itself: its neighbours in the class (a stack) and in the order of being freed.
typedef struct block {
  struct block *class_next, *class_previous, *newer, *older;
  size_t capacity;
} block;

static struct {
  uint8_t lock;
  block *classes[CLASSES];
  block *newest, *oldest;
  uint64_t cached, live, peak, system_allocations;
} memory;

// The class of a size and the size of the class: (4 + quarter) << (exponent - 2).
static int class_of(size_t bytes, size_t *capacity) {
  if (bytes < ALIGNMENT) bytes = ALIGNMENT;
  int exponent = 63 - __builtin_clzll((unsigned long long)bytes);
  size_t step = exponent > 8 ? (size_t)1 << (exponent - 2) : ALIGNMENT;
  size_t rounded = (bytes + step - 1) & ~(step - 1);
  *capacity = rounded;
  exponent = 63 - __builtin_clzll((unsigned long long)rounded);
  return exponent * 4 + (int)((rounded >> (exponent - 2)) & 3);
}

// What a mapped block takes: whole pages, which are at most 16 KB.
static size_t mapped_length(size_t capacity) { return (capacity + 16383) & ~(size_t)16383; }

static void *from_system(size_t capacity) {
  if (capacity < mapped_from) {
    void *p = NULL;
    return posix_memalign(&p, ALIGNMENT, capacity) == 0 ? p : NULL;
  }
  // Mapped with room to align to a huge page; the ends are cut off.
  size_t kept = mapped_length(capacity);
  size_t length = capacity < huge_page ? kept : capacity + huge_page;
  char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (p == MAP_FAILED) return NULL;
  if (capacity < huge_page) return p;
  char *aligned = (char *)(((uintptr_t)p + huge_page - 1) & ~(uintptr_t)(huge_page - 1));
  if (aligned > p) munmap(p, (size_t)(aligned - p));
  if (p + length > aligned + kept) munmap(aligned + kept, (size_t)(p + length - (aligned + kept)));
#ifdef MADV_HUGEPAGE
  madvise(aligned, capacity, MADV_HUGEPAGE);
#endif
  return aligned;
}

static void to_system(void *p, size_t capacity) {
  if (capacity < mapped_from) free(p);
  else munmap(p, mapped_length(capacity));
}

static void unlink_block(block *b, int class) {
  if (b->class_previous) b->class_previous->class_next = b->class_next;
  else memory.classes[class] = b->class_next;
  if (b->class_next) b->class_next->class_previous = b->class_previous;
  if (b->newer) b->newer->older = b->older;
  else memory.newest = b->older;
  if (b->older) b->older->newer = b->newer;
  else memory.oldest = b->newer;
  memory.cached -= b->capacity;
}

// Whether live and cached bytes and `more` live ones are beyond the bound.
static bool outgrows(uint64_t more) {
  uint64_t live = memory.live + more, peak = live > memory.peak ? live : memory.peak;
  return live + memory.cached > peak + peak / 16 + slack;
}

// Gives the block freed longest ago back.
static void drop_oldest(void) {
  block *b = memory.oldest;
  size_t capacity;
  unlink_block(b, class_of(b->capacity, &capacity));
  to_system(b, capacity);
}

static void drop_all(void) {
  while (memory.oldest) drop_oldest();
}

// Gives blocks back until the bound is kept.
static void trim(uint64_t more) {
  while (memory.oldest && outgrows(more)) drop_oldest();
}

static block *take_from(int class) {
  block *b = memory.classes[class];
  if (b) unlink_block(b, class);
  return b;
}

void *cr_alloc(size_t bytes, size_t *capacity) {
  *capacity = 0;
  if (bytes > (size_t)1 << 62) return NULL;
  size_t size;
  int class = class_of(bytes, &size);
  take_lock(&memory.lock);
  block *b = take_from(class);
  // At the bound a block of up to twice the size serves better than one more block and one less elsewhere.
  if (!b && outgrows(size))
    for (int larger = class + 1; !b && larger <= class + 4 && larger < CLASSES; larger++) {
      b = take_from(larger);
      if (b) size = b->capacity;
    }
  void *result = b;
  if (!result) {
    trim(size);
    result = from_system(size);
    if (!result) {
      drop_all();
      result = from_system(size);
    }
    if (result) memory.system_allocations++;
  }
  if (result) {
    *capacity = size;
    memory.live += size;
    if (memory.live > memory.peak) memory.peak = memory.live;
  }
  drop_lock(&memory.lock);
  return result;
}

void cr_free(void *p, size_t capacity) {
  if (!p) return;
  size_t size;
  int class = class_of(capacity, &size);
  block *b = p;
  take_lock(&memory.lock);
  memory.live -= size;
  b->capacity = size;
  b->class_previous = NULL;
  b->class_next = memory.classes[class];
  if (b->class_next) b->class_next->class_previous = b;
  memory.classes[class] = b;
  b->newer = NULL;
  b->older = memory.newest;
  if (b->older) b->older->newer = b;
  else memory.oldest = b;
  memory.newest = b;
  memory.cached += size;
  trim(0);
  drop_lock(&memory.lock);
}

void cr_empty_cache(void) {
  take_lock(&memory.lock);
  drop_all();
  drop_lock(&memory.lock);
}

static uint64_t read_counter(const uint64_t *counter) {
  take_lock(&memory.lock);
  uint64_t value = *counter;
  drop_lock(&memory.lock);
  return value;
}

uint64_t cr_large_allocations(void) { return read_counter(&memory.system_allocations); }
uint64_t cr_cached_bytes(void) { return read_counter(&memory.cached); }
uint64_t cr_live_bytes(void) { return read_counter(&memory.live); }
uint64_t cr_peak_bytes(void) { return read_counter(&memory.peak); }
void cr_restart_peak(void) {
  take_lock(&memory.lock);
  memory.peak = memory.live;
  drop_lock(&memory.lock);
}
