// What the thread sanitizer cannot see: that counting references puts what threads do with an object in order.
//
// The Swift runtime is built without the sanitizer, so that its counts, which are atomic, tell it nothing. It would report a thread
// that has read an object and let go of it, and the one that then frees it or, as its only holder, changes it in place. Here each
// release is told to it as what it is: after all earlier ones of the object.
//
// A function of the runtime's name in the program itself is the one its code calls; the runtime's own switch for such functions (that of
// Instruments) masks small strings into addresses before it asks whether they are any.
#define _GNU_SOURCE
#include "cr_thread.h"

#if CR_TELLS_SANITIZER
#include <dlfcn.h>
#include <stdint.h>

// The runtime's counting functions leave all general registers but one as they were.
#define COUNTING __attribute__((preserve_most))

void __tsan_acquire(void *address);
void __tsan_release(void *address);

COUNTING void swift_release(void *object) {
  static COUNTING void (*_Atomic runtime_release)(void *object);
  if (!runtime_release) runtime_release = (COUNTING void (*)(void *))dlsym(RTLD_NEXT, "swift_release");
  // The runtime passes over what is no address, such as a small string's words, and the bits that mark one.
  if ((intptr_t)object > 0) {
    void *address = (void *)((uintptr_t)object & 0xfffffffffffff8);
    __tsan_acquire(address);
    __tsan_release(address);
  }
  runtime_release(object);
}

void cr_found_unique(void *object) { __tsan_acquire(object); }
#endif
