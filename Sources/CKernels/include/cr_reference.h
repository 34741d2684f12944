// References to Swift objects that several threads read and replace.
//
// Why this is C: Swift's optimiser counts a reference that was loaded from a field where it likes, as long as no call comes between,
// and takes the store of an inlined unlock, atomic or not, for one that cannot release anything. "Lock, load, retain, unlock", written
// in Swift, becomes "lock, load, unlock, retain", and another thread releases the object in between. Here the optimiser sees one call,
// which it cannot look into, that hands out a reference already counted. So no Swift code copies a reference that another thread may
// replace, under whatever lock: it reads and replaces it through these functions. .ci/read-path looks at the machine code.
//
// The word that holds the reference is its own lock: it holds 1, which is no address, while a function below is at work on it.
#ifndef CR_REFERENCE_H
#define CR_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

// The object, retained for the caller; NULL where there is none.
void *cr_reference_read(void **word);
// Puts in `object`, whose count passes to the word, and hands out what was there, whose count passes to the caller.
void *cr_reference_exchange(void **word, void *object);
// The same where the word holds `expected`, whose count the caller then owns; false, and nothing has changed, where it does not.
bool cr_reference_replace(void **word, void *expected, void *object);
// Takes the object out, its count passing to the caller, and notes who has it; NULL, and nothing noted, where there is none.
void *cr_reference_take(void **word, uintptr_t *taker, uintptr_t thread);

// Whether there is no object now.
static inline bool cr_reference_is_empty(void *const *word) { return __atomic_load_n(word, __ATOMIC_RELAXED) == 0; }
static inline uintptr_t cr_reference_taker(const uintptr_t *taker) { return __atomic_load_n(taker, __ATOMIC_RELAXED); }

// What an operation keeps for its backward pass: three references read and taken together. The first is the lock of all.
typedef struct cr_kept {
  void *x, *w, *y;
} cr_kept;

// All three, retained for the caller.
cr_kept cr_kept_read(cr_kept *kept);
// All three, whose counts pass to the caller.
cr_kept cr_kept_take(cr_kept *kept);

#endif
