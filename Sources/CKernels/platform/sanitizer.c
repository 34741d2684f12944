// What the thread sanitizer cannot see: that counting references puts what threads do with an object in order.
//
// The Swift runtime is built without the sanitizer, so that its counts, which are atomic, tell it nothing. It would report a thread
// that has read an object and let go of it, and the one that then frees it or, as its only holder, changes it in place. Here each
// release is told to it as what it is: after all earlier ones of the object.
#include "cr_thread.h"

#if CR_TELLS_SANITIZER
extern void (*_swift_release)(void *object);
extern bool _swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly;
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static void (*uncounted_release)(void *object);

static void release(void *object) {
  // The runtime passes over what is no address, such as a small string's words.
  if (object && (uintptr_t)object >> 47 == 0) {
    __tsan_acquire(object);
    __tsan_release(object);
  }
  uncounted_release(object);
}

__attribute__((constructor)) static void tell(void) {
  uncounted_release = _swift_release;
  _swift_release = release;
  _swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly = true;
}

void cr_found_unique(void *object) { __tsan_acquire(object); }
#endif
