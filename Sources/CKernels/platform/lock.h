// The lock of one byte, for the kernels themselves.
#ifndef LOCK_H
#define LOCK_H

#include "cr_thread.h"

static inline void take_lock(uint8_t *lock) {
  for (int spins = 0; __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE);)
    while (__atomic_load_n(lock, __ATOMIC_RELAXED)) cr_pause(&spins);
}

static inline void drop_lock(uint8_t *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

#endif
