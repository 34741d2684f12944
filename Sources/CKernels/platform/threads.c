// A job is one word, [parts | taken from the front | taken from the back], 21 bits each: taking a part is one fetch-and-add that also
// says how many parts that job has. A thread that comes late therefore never mistakes one job for the next: what was taken is either
// less than the parts in the same word, and then the job cannot end before the part does, or it is not, and nothing of the job is
// read. Parts are taken from both ends so that one processor meets the same elements in job after job, and finds them in its cache.
#include "cr_thread.h"
#include "cr_threads.h"

#include "cr_memory.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#ifdef __linux__
#include <fcntl.h>
#include <sys/syscall.h>
#endif

enum { MAX_THREADS = 256, MAX_PARTS = 1 << 20, SPIN_NANOSECONDS = 40000 };

#define WORD_BITS 21
#define WORD_PARTS(word) ((int64_t)((word) >> 2 * WORD_BITS))
#define WORD_FRONT(word) ((int64_t)((word) >> WORD_BITS & ((1 << WORD_BITS) - 1)))
#define WORD_BACK(word) ((int64_t)((word) & ((1 << WORD_BITS) - 1)))

static struct {
  _Alignas(128) _Atomic uint64_t word;
  _Alignas(128) _Atomic int64_t done;
  _Alignas(128) cr_task task;
  void *context;
  _Alignas(128) atomic_bool busy;  // a thread owns the pool
  atomic_int sleepers;
  atomic_int limit;                // threads that take part, the caller included; 0: not decided yet
  int workers;                     // threads started, under `busy`
  atomic_int invited;              // threads that may take parts of the job, the caller included
  _Atomic uint64_t shortage;       // bytes that a worker did not get for the job
} pool;

static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sleep_wake = PTHREAD_COND_INITIALIZER;
static _Thread_local bool inside;  // a task is running on this thread
static _Thread_local bool is_worker;

static inline void pause_processor(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#ifdef __linux__
// The cgroup's share of processors, rounded up; 0 where there is none.
static int quota(void) {
  int file = open("/sys/fs/cgroup/cpu.max", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[64];
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  char *end;
  long long share = strtoll(text, &end, 10);
  if (end == text) return 0;  // "max"
  long long period = strtoll(end, NULL, 10);
  return period > 0 && share > 0 ? (int)((share + period - 1) / period) : 0;
}

// Counted from the raw mask, so that no feature macro is needed.
static int processors(void) {
  unsigned long mask[1024 / sizeof(long) / 8 * 8];
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int count = 0;
  for (long i = 0; i < bytes / (long)sizeof(long); i++) count += __builtin_popcountl(mask[i]);
  if (count == 0) count = (int)sysconf(_SC_NPROCESSORS_ONLN);
  int share = quota();
  return share > 0 && share < count ? share : count;
}
#else
static int processors(void) {
#ifdef __APPLE__
  // A part on an efficiency core would be what everyone waits for.
  int count = 0;
  size_t size = sizeof count;
  if (sysctlbyname("hw.perflevel0.logicalcpu", &count, &size, NULL, 0) == 0 && count > 0) return count;
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
#endif

static int clamp_threads(long count) { return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : (int)count; }

static int pool_threads(void) {
  int count = atomic_load_explicit(&pool.limit, memory_order_relaxed);
  if (count > 0) return count;
  const char *text = getenv("CHAINRULE_THREADS");
  char *end = NULL;
  long asked = text ? strtol(text, &end, 10) : 0;
  count = text && end != text && *end == 0 && asked > 0 ? clamp_threads(asked) : clamp_threads(processors());
  int undecided = 0;
  atomic_compare_exchange_strong(&pool.limit, &undecided, count);
  return atomic_load_explicit(&pool.limit, memory_order_relaxed);
}

int cr_thread_count(void) {
  int own = cr_thread()->threads, all = pool_threads();
  return own > 0 && own < all ? own : all;
}

void cr_set_thread_count(int count) { atomic_store(&pool.limit, clamp_threads(count)); }

int64_t cr_parts(int64_t work, int64_t grain) {
  int64_t parts = work / (grain > 0 ? grain : 1);
  return parts < 1 ? 1 : parts > 64 ? 64 : parts;
}

static inline bool has_parts(uint64_t word) { return WORD_FRONT(word) + WORD_BACK(word) < WORD_PARTS(word); }

static void take_parts(bool from_back) {
  for (;;) {
    uint64_t word = atomic_fetch_add(&pool.word, from_back ? 1 : 1 << WORD_BITS);
    if (!has_parts(word)) return;
    pool.task(pool.context, from_back ? WORD_PARTS(word) - 1 - WORD_BACK(word) : WORD_FRONT(word));
    // Counted at once: the caller may only go on, and write a new job, when every part is.
    atomic_fetch_add_explicit(&pool.done, 1, memory_order_release);
  }
}

static inline bool has_work(void) { return has_parts(atomic_load(&pool.word)); }

static void *work(void *argument) {
  int number = (int)(intptr_t)argument;  // the caller is 0
  inside = is_worker = true;
  for (;;) {
    int64_t deadline = 0;
    for (int spins = 0; number < atomic_load_explicit(&pool.limit, memory_order_relaxed); spins++) {
      if (number < atomic_load_explicit(&pool.invited, memory_order_relaxed) && has_work()) {
        take_parts(number % 2 == 1);
        deadline = 0;
        spins = 0;
        continue;
      }
      pause_processor();
      if (spins % 64 == 63) {
        int64_t time = now();
        if (deadline == 0) deadline = time + SPIN_NANOSECONDS;
        if (time >= deadline) break;
      }
    }
    pthread_mutex_lock(&sleep_lock);
    atomic_fetch_add(&pool.sleepers, 1);
    // Once awake, it spins again even where the work is gone: jobs come in rows, and each may be shorter than waking up takes.
    if (!(number < atomic_load(&pool.limit) && has_work())) pthread_cond_wait(&sleep_wake, &sleep_lock);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&sleep_lock);
  }
  return NULL;
}

// The child of a fork has no workers; it starts its own.
static void reset_after_fork(void) {
  pool.workers = 0;
  atomic_store(&pool.word, 0);
  atomic_store(&pool.sleepers, 0);
  atomic_store(&pool.busy, false);
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
  sleep_lock = lock;
  sleep_wake = wake;
}

// Under `busy`. Signals belong to the program's own threads.
static void start_workers(int wanted) {
  static bool registered;
  if (!registered) {
    registered = true;
    pthread_atfork(NULL, NULL, reset_after_fork);
  }
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 2 << 20);
  while (pool.workers < wanted) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, work, (void *)(intptr_t)(pool.workers + 1)) != 0) break;
    pool.workers++;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void (*_Atomic shortage_report)(uint64_t bytes);

void cr_on_shortage(void (*report)(uint64_t bytes)) { atomic_store_explicit(&shortage_report, report, memory_order_relaxed); }

void cr_report_shortage(uint64_t bytes) {
  if (is_worker) {
    atomic_store_explicit(&pool.shortage, bytes, memory_order_relaxed);
    return;
  }
  void (*report)(uint64_t) = atomic_load_explicit(&shortage_report, memory_order_relaxed);
  if (!report) {
    fprintf(stderr, "Fatal error: not enough memory: a kernel needs %llu bytes\n", (unsigned long long)bytes);
    abort();
  }
  report(bytes);
}

static void run_here(int64_t parts, cr_task task, void *context) {
  for (int64_t part = 0; part < parts; part++) task(context, part);
}

void cr_parallel(int64_t parts, cr_task task, void *context) {
  int threads;
  if (parts < 2 || inside || (threads = cr_thread_count()) < 2 || atomic_exchange_explicit(&pool.busy, true, memory_order_acquire)) {
    run_here(parts, task, context);
    return;
  }
  if (pool.workers < threads - 1) start_workers(threads - 1);
  inside = true;
  pool.task = task;
  pool.context = context;
  atomic_store_explicit(&pool.invited, threads, memory_order_relaxed);
  // More parts than a word can number: the last ones run here.
  int64_t shared = parts > MAX_PARTS ? MAX_PARTS : parts;
  atomic_store_explicit(&pool.done, 0, memory_order_relaxed);
  atomic_store(&pool.word, (uint64_t)shared << 2 * WORD_BITS);
  if (atomic_load(&pool.sleepers) > 0) {
    pthread_mutex_lock(&sleep_lock);
    pthread_cond_broadcast(&sleep_wake);
    pthread_mutex_unlock(&sleep_lock);
  }
  for (int64_t part = shared; part < parts; part++) task(context, part);
  take_parts(false);
  for (int spins = 0; atomic_load_explicit(&pool.done, memory_order_acquire) < shared; spins++) {
    if (spins < 4096) pause_processor();
    else sched_yield();
  }
  inside = false;
  uint64_t shortage = atomic_load_explicit(&pool.shortage, memory_order_relaxed);
  if (shortage) atomic_store_explicit(&pool.shortage, 0, memory_order_relaxed);
  atomic_store_explicit(&pool.busy, false, memory_order_release);
  if (shortage) cr_report_shortage(shortage);
}
