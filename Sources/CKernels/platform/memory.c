// Freed blocks are kept by size class, four classes to a power of two, and found again by class alone. Fresh memory is written at a
// tenth of the speed of memory that was used before, so a block goes back to the system only when the cache would outgrow its
// bound: live and cached bytes together stay within 17/16 of the peak of live bytes (and some slack).
#include "cr_memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cr_threads.h"
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
  uint64_t cached, live, peak, system_allocations;  // `live` is also read without the lock
  uint64_t reserved;                                // atomic
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

// The number a file of the system begins with; all ones where there is none (`max`).
static uint64_t number_in(const char *path) {
  FILE *file = fopen(path, "r");
  unsigned long long value = 0;
  int found = file ? fscanf(file, "%llu", &value) : 0;
  if (file) fclose(file);
  return found == 1 ? value : UINT64_MAX;
}

static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

// What the groups of this process may use: the least along its path, of either version. Inside a container the path from the root is
// often the outside's, and the group's own files lie at the root.
static uint64_t group_limit(void) {
  uint64_t limit = lesser(number_in("/sys/fs/cgroup/memory.max"), number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  FILE *groups = fopen("/proc/self/cgroup", "r");
  char line[1024], path[1200];
  while (groups && fgets(line, sizeof line, groups)) {
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    bool second = controllers[1] == 0;
    if (!second && strcmp(controllers + 1, "memory") != 0) continue;
    for (char *end = group + strlen(group); end > group; end = strrchr(group, '/')) {
      *end = 0;
      snprintf(path, sizeof path, second ? "/sys/fs/cgroup%s/memory.max" : "/sys/fs/cgroup/memory%s/memory.limit_in_bytes", group);
      limit = lesser(limit, number_in(path));
    }
  }
  if (groups) fclose(groups);
  return limit;
}

uint64_t cr_memory_limit(void) {
  static uint64_t known;
  uint64_t limit = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (limit) return limit;
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  limit = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
  limit = lesser(limit, group_limit());
  if (limit > (uint64_t)INT64_MAX) limit = INT64_MAX;
  __atomic_store_n(&known, limit, __ATOMIC_RELAXED);
  return limit;
}

static void set_live(uint64_t bytes) { __atomic_store_n(&memory.live, bytes, __ATOMIC_RELAXED); }

// A live block has up to a quarter more than was asked for, which may never be touched.
static bool has_room(uint64_t bytes) { return __atomic_load_n(&memory.live, __ATOMIC_RELAXED) / 5 * 4 + bytes <= cr_memory_limit(); }

bool cr_reserve(size_t bytes) {
  if (bytes > cr_memory_limit()) return false;
  if (has_room(__atomic_add_fetch(&memory.reserved, bytes, __ATOMIC_RELAXED))) return true;
  cr_unreserve(bytes);
  return false;
}

void cr_unreserve(size_t bytes) { __atomic_sub_fetch(&memory.reserved, bytes, __ATOMIC_RELAXED); }

void *cr_alloc(size_t bytes, size_t *capacity) {
  *capacity = 0;
  if (bytes > cr_memory_limit()) return NULL;
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
  if (!result && has_room(__atomic_load_n(&memory.reserved, __ATOMIC_RELAXED) + bytes)) {
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
    set_live(memory.live + size);
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
  set_live(memory.live - size);
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

void *cr_scratch(size_t bytes, size_t *capacity) {
  void *result = cr_alloc(bytes, capacity);
  if (!result) cr_report_shortage(bytes);
  return result;
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
