#include "cr_reference.h"

#include <stddef.h>

#include "cr_thread.h"

// The Swift runtime's: counts the object once more, and does nothing for NULL.
extern void *swift_retain(void *object);

#define BUSY ((void *)1)

// Out of the way of the common case, where nobody holds the lock.
__attribute__((noinline, cold)) static void *await(void **word) {
  void *object;
  int spins = 0;
  do {
    while (__atomic_load_n(word, __ATOMIC_RELAXED) == BUSY) cr_pause(&spins);
  } while ((object = __atomic_exchange_n(word, BUSY, __ATOMIC_ACQUIRE)) == BUSY);
  return object;
}

// Takes the word's lock; what was in it.
static inline void *acquire(void **word) {
  void *object = __atomic_exchange_n(word, BUSY, __ATOMIC_ACQUIRE);
  return object == BUSY ? await(word) : object;
}

static inline void release(void **word, void *object) { __atomic_store_n(word, object, __ATOMIC_RELEASE); }

void *cr_reference_read(void **word) {
  void *object = acquire(word);
  swift_retain(object);
  release(word, object);
  return object;
}

void *cr_reference_exchange(void **word, void *object) {
  void *old = acquire(word);
  release(word, object);
  return old;
}

bool cr_reference_replace(void **word, void *expected, void *object) {
  void *old = acquire(word);
  release(word, old == expected ? object : old);
  return old == expected;
}

void *cr_reference_take(void **word, uintptr_t *taker, uintptr_t thread) {
  void *object = acquire(word);
  if (object) __atomic_store_n(taker, thread, __ATOMIC_RELAXED);
  release(word, NULL);
  return object;
}

cr_kept cr_kept_read(cr_kept *kept) {
  cr_kept all = {acquire(&kept->x), kept->w, kept->y};
  swift_retain(all.x);
  swift_retain(all.w);
  swift_retain(all.y);
  release(&kept->x, all.x);
  return all;
}

cr_kept cr_kept_take(cr_kept *kept) {
  cr_kept all = {acquire(&kept->x), kept->w, kept->y};
  kept->w = kept->y = NULL;
  release(&kept->x, NULL);
  return all;
}
