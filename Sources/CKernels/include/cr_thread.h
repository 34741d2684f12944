// Per-thread state of the core, read once per operation, and the small atomics the core needs.
#ifndef CR_THREAD_H
#define CR_THREAD_H

#include <stdbool.h>
#include <stdint.h>

// One per thread. `slow` counts everything that takes an operation off the fast path (transform levels, functionalCall,
// catching, anomaly, recordingGraph, profiler): zero is the whole check.
typedef struct cr_thread_state {
  uint64_t sequence;       // next number of a graph node on this thread
  uint32_t slow;
  uint8_t no_grad;         // 0: operations are recorded
  uint8_t default_dtype;   // a cr_dtype, 0: float32
  uint16_t release_depth;  // how deep the release of a graph has recursed
  uint16_t threads;        // how many threads this thread's kernels use at most, itself included; 0: as many as the pool has
  uint8_t reads;           // whether a number was read out of a graph on this thread, see Warnings
  uint64_t allocated;      // bytes of the blocks asked for on this thread, see Profiler
  void *modes;             // Swift's Modes object for the slow path, owned by the scopes that set it
  void *release_queue;     // Swift's queue of nodes to be released
  uint64_t pass;           // the number of the backward pass that runs, 0: none does
  void *pass_work;         // what is to be done at its end, owned by it
} cr_thread_state;

extern _Thread_local cr_thread_state cr_thread_state_storage;

static inline cr_thread_state *cr_thread(void) { return &cr_thread_state_storage; }

// Entering and leaving one level of a graph's release. Real calls on purpose: the compiler may move a release across plain
// loads and stores of the depth, but not across a call it cannot see into.
bool cr_release_enter(void);  // false: as deep as it may go
bool cr_release_leave(void);  // true: the outermost level is left and something waits in the queue

// A lock of one byte. Real calls on purpose: across a call that it cannot look into, the compiler moves no count of a reference, while
// across the store of an inlined unlock it does. What is read under such a lock may leave it as a number, not as a reference: for that
// there is cr_reference.h.
void cr_lock(uint8_t *lock);
void cr_unlock(uint8_t *lock);
// Called again and again while another thread has what this one waits for: after a while the processor goes to whoever that may be.
void cr_pause(int *spins);

// Whether the thread sanitizer is told what it cannot see; see platform/sanitizer.c.
#if defined(__has_feature) && defined(__linux__)
#if __has_feature(thread_sanitizer)
#define CR_TELLS_SANITIZER 1
#endif
#endif

// Called where an object was found to have one holder, who is about to change it.
#if CR_TELLS_SANITIZER
void cr_found_unique(void *object);
#else
static inline void cr_found_unique(void *object) { (void)object; }
#endif

// Claims `word` for `owner` where it is free (0); returns whether it is now the owner's.
static inline bool cr_claim(uint64_t *word, uint64_t owner) {
  uint64_t free = 0;
  return __atomic_compare_exchange_n(word, &free, owner, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || free == owner;
}
// Whether `word` is claimed by `owner`. Only the owner writes its own number, so a relaxed load is enough.
static inline bool cr_owns(uint64_t *word, uint64_t owner) { return __atomic_load_n(word, __ATOMIC_RELAXED) == owner; }
static inline void cr_release_claim(uint64_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }
static inline uint64_t cr_next(uint64_t *counter) { return __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }

#endif
