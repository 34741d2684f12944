#include "cr_thread.h"

#include <sched.h>

#include "lock.h"

_Thread_local cr_thread_state cr_thread_state_storage;

// A level needs a few hundred bytes of stack; this many fit any thread.
enum { RELEASE_LIMIT = 24 };

bool cr_release_enter(void) {
  cr_thread_state *t = cr_thread();
  if (t->release_depth >= RELEASE_LIMIT) return false;
  t->release_depth++;
  return true;
}

bool cr_release_leave(void) {
  cr_thread_state *t = cr_thread();
  return --t->release_depth == 0 && t->release_queue;
}

void cr_lock(uint8_t *lock) { take_lock(lock); }

void cr_unlock(uint8_t *lock) { drop_lock(lock); }

void cr_pause(int *spins) {
  if (++*spins > 200) {
    sched_yield();
    return;
  }
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
