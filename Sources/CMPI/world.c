// The world: joining it, its calls, and its end.
#include "world.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

mpi_world cr_world = {.timeout = 300000000000};
static mpi_library lib;
static atomic_bool is_abandoned;

int64_t mpi_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void mpi_pause(int64_t nanoseconds) {
  struct timespec t = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&t, NULL);
}

int32_t cr_mpi_rank(void) { return cr_world.rank; }
int32_t cr_mpi_size(void) { return cr_world.size; }
const char *cr_mpi_library(void) { return cr_world.library; }
void cr_mpi_abandon(void) { atomic_store(&is_abandoned, true); }
void cr_mpi_set_timeout(double seconds) { atomic_store(&cr_world.timeout, (int64_t)(seconds * 1e9)); }

// Waits for a request by looking at it: that makes progress in every library, and gives the processor to those that share it. A caller that
// has nothing else to do looks often at first; the communication thread soon sleeps between looks, as others compute meanwhile.
static int finish(handle *request, mpi_lane *lane) {
  const int64_t began = mpi_now(), spin = lane->is_behind ? 20000 : 200000, yield = lane->is_behind ? 20000 : 5000000;
  for (;;) {
    int done = 0;
    const int error = lib.f.Test(request, &done, lib.status_ignore);
    if (error || done) return error;
    const int64_t waited = mpi_now() - began;
    if (waited > yield) mpi_pause(lane->is_behind ? 10000 : 50000);
    else if (waited > spin) sched_yield();
  }
}

static const size_t widths[] = {4, 8, 8, 1};

// A place for what comes from the others, kept from call to call.
static void *space(mpi_lane *lane, size_t bytes) {
  if (lane->room < bytes) {
    free(lane->scratch);
    lane->scratch = malloc(bytes);
    lane->room = lane->scratch ? bytes : 0;
  }
  return lane->scratch;
}

enum { NO_MEMORY = -12 };
// A count of MPI is an int; larger buffers go in pieces. A piece of this size keeps the place for it small too.
static const int64_t piece = 1 << 26;

#define TRY(call)                                                                                                                          \
  do {                                                                                                                                     \
    int error_ = (call);                                                                                                                   \
    if (!error_) error_ = finish(&request, lane);                                                                                          \
    if (error_) return error_;                                                                                                             \
  } while (0)

// Each rank sums its slice in the order of the tree: all to all, sum, and all gather; of few elements every rank sums all.
static int sum_in_order(mpi_lane *lane, char *data, int64_t count, int dtype) {
  const handle type = lib.types[dtype];
  const int64_t size = cr_world.size, slice = count < 1024 * size ? 0 : count / size, rest = count - slice * size;
  const size_t width = widths[dtype];
  handle request = 0;
  char *others = space(lane, (size_t)(slice * size > rest * size ? slice * size : rest * size) * width);
  if (!others) return NO_MEMORY;
  if (slice) {
    char *own = data + (size_t)(slice * cr_world.rank) * width;
    TRY(lib.f.Ialltoall(data, (int)slice, type, others, (int)slice, type, lane->comm, &request));
    mpi_tree_sum(others, own, size, slice, dtype);
    TRY(lib.f.Iallgather(lib.in_place, 0, type, data, (int)slice, type, lane->comm, &request));
  }
  if (rest) {
    char *tail = data + (size_t)(slice * size) * width;
    TRY(lib.f.Iallgather(tail, (int)rest, type, others, (int)rest, type, lane->comm, &request));
    mpi_tree_sum(others, tail, size, rest, dtype);
  }
  return 0;
}

static int perform(mpi_lane *lane, cr_mpi_call *call) {
  const handle type = lib.types[call->dtype];
  const size_t width = widths[call->dtype];
  const int64_t size = cr_world.size;
  handle request = 0;
  char *data = call->data, *other = call->other;
  switch (call->kind) {
  case CR_MPI_BARRIER: TRY(lib.f.Ibarrier(lane->comm, &request)); return 0;
  case CR_MPI_REDUCE_SCATTER:
    for (int64_t at = 0; at < call->count; at += piece / size) {
      const int64_t n = call->count - at < piece / size ? call->count - at : piece / size;
      char *others = space(lane, 2 * (size_t)(n * size) * width), *sent = others + (size_t)(n * size) * width;
      if (!others) return NO_MEMORY;
      for (int64_t r = 0; r < size; r++) memcpy(sent + (size_t)(r * n) * width, data + (size_t)(r * call->count + at) * width, (size_t)n * width);
      TRY(lib.f.Ialltoall(sent, (int)n, type, others, (int)n, type, lane->comm, &request));
      mpi_tree_sum(others, other + (size_t)at * width, size, n, call->dtype);
    }
    return 0;
  case CR_MPI_ALL_GATHER:
    if (call->count * size <= INT32_MAX) {
      TRY(lib.f.Iallgather(data, (int)call->count, type, other, (int)call->count, type, lane->comm, &request));
      return 0;
    }
    for (int64_t at = 0; at < call->count; at += piece / size) {
      const int64_t n = call->count - at < piece / size ? call->count - at : piece / size;
      char *others = space(lane, (size_t)(n * size) * width);
      if (!others) return NO_MEMORY;
      TRY(lib.f.Iallgather(data + (size_t)at * width, (int)n, type, others, (int)n, type, lane->comm, &request));
      for (int64_t r = 0; r < size; r++) memcpy(other + (size_t)(r * call->count + at) * width, others + (size_t)(r * n) * width, (size_t)n * width);
    }
    return 0;
  default: break;
  }
  for (int64_t at = 0; at < call->count; at += piece) {
    const int64_t n = call->count - at < piece ? call->count - at : piece;
    char *here = data + (size_t)at * width;
    switch (call->kind) {
    case CR_MPI_BROADCAST: TRY(lib.f.Ibcast(here, (int)n, type, call->peer, lane->comm, &request)); break;
    case CR_MPI_SUM: TRY(lib.f.Iallreduce(lib.in_place, here, (int)n, type, lib.sum, lane->comm, &request)); break;
    case CR_MPI_SUM_PLAIN: {
      const int error = lib.f.Allreduce(lib.in_place, here, (int)n, type, lib.sum, lane->comm);
      if (error) return error;
      break;
    }
    case CR_MPI_SEND: TRY(lib.f.Isend(here, (int)n, type, call->peer, 0, lane->comm, &request)); break;
    case CR_MPI_RECEIVE: TRY(lib.f.Irecv(here, (int)n, type, call->peer, 0, lane->comm, &request)); break;
    default: {
      const int error = sum_in_order(lane, here, n, call->dtype);
      if (error) return error;
    }
    }
  }
  return 0;
}

static void perform_watched(mpi_lane *lane, cr_mpi_call *call) {
  pthread_mutex_lock(&lane->lock);
  memcpy(lane->label, call->label, sizeof lane->label);
  lane->began = mpi_now();
  pthread_mutex_unlock(&lane->lock);
  call->error = perform(lane, call);
  pthread_mutex_lock(&lane->lock);
  call->took = mpi_now() - lane->began;
  lane->began = 0;
  pthread_mutex_unlock(&lane->lock);
}

int32_t cr_mpi_run(cr_mpi_call *call) {
  perform_watched(&cr_world.lanes[0], call);
  return call->error;
}

// The communication thread.

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER, call_ended = PTHREAD_COND_INITIALIZER;
static cr_mpi_call *first, *last;

static void *communicate(void *unused) {
  (void)unused;
#ifdef __linux__
  prctl(PR_SET_TIMERSLACK, 1000UL);
#endif
  pthread_mutex_lock(&queue_lock);
  for (;;) {
    while (!first) pthread_cond_wait(&queue_filled, &queue_lock);
    cr_mpi_call *call = first;
    first = call->next;
    pthread_mutex_unlock(&queue_lock);
    perform_watched(&cr_world.lanes[1], call);
    pthread_mutex_lock(&queue_lock);
    call->state = 2;
    pthread_cond_broadcast(&call_ended);
  }
  return NULL;
}

void cr_mpi_submit(cr_mpi_call *call) {
  pthread_mutex_lock(&queue_lock);
  call->state = 1;
  call->next = NULL;
  if (first) ((cr_mpi_call *)last)->next = call;
  else first = call;
  last = call;
  pthread_cond_signal(&queue_filled);
  pthread_mutex_unlock(&queue_lock);
}

int32_t cr_mpi_wait(cr_mpi_call *call) {
  pthread_mutex_lock(&queue_lock);
  while (call->state != 2) pthread_cond_wait(&call_ended, &queue_lock);
  pthread_mutex_unlock(&queue_lock);
  return call->error;
}

const char *cr_mpi_error_text(int32_t error) {
  static _Thread_local char text[512];
  int length = 0;
  if (error == NO_MEMORY) return "out of memory";
  if (lib.f.Error_string(error, text, &length)) return "an error of MPI";
  return text;
}

// The end: all ranks come to it together, as a library may hang in MPI_Finalize where one has ended before. A process that ends with an error
// leaves without: its launcher then ends the others.
static void leave(void) {
  if (atomic_load(&is_abandoned) || getpid() != cr_world.process) return;
  atomic_store(&cr_world.has_ended, true);
  handle request = 0;
  int done = 0;
  int error = lib.f.Ibarrier(cr_world.watch, &request);
  while (!error && !done) {
    error = lib.f.Test(&request, &done, lib.status_ignore);
    if (!done) mpi_pause(1000000);
  }
  mpi_stop_watching();
  if (!error) lib.f.Finalize();
}

#ifdef __linux__
static void leave_with(int status, void *unused) {
  (void)unused;
  if (status == 0) leave();
}
#endif

static char problem[1200];

static const char *failed(const char *what, int error) {
  snprintf(problem, sizeof problem, "%s: %s", what, cr_mpi_error_text(error));
  return problem;
}

const char *cr_mpi_start(const char *path) {
  const cr_mpi_launch launch = cr_mpi_launcher();
  char why[600];
  if (!mpi_load(&lib, path, &launch, why, sizeof why)) {
    snprintf(problem, sizeof problem, "the MPI library of the launcher (%s) cannot be loaded: %s", launch.name, why);
    return problem;
  }
  int given = 0, error = 0;
  if ((error = lib.f.Init_thread(NULL, NULL, lib.thread_multiple, &given))) return failed("MPI cannot be started", error);
  int rank = 0, size = 0;
  lib.f.Comm_rank(lib.world, &rank);
  lib.f.Comm_size(lib.world, &size);
  char version[8192] = "";
  int length = 0;
  lib.f.Get_library_version(version, &length);
  mpi_name_library(version);
  if ((launch.size > 0 && launch.size != size) || launch.least > size) {
    snprintf(problem, sizeof problem,
             "the launcher (%s) started %d processes, and %s sees %d: the library is not the launcher's. hint: CHAINRULE_MPI names the library "
             "to load",
             launch.name, launch.least, cr_world.library, size);
    cr_mpi_abandon();
    return problem;
  }
  if (given < lib.thread_multiple) {
    snprintf(problem, sizeof problem, "%s was built without threads (MPI_THREAD_MULTIPLE), which a world needs", cr_world.library);
    return problem;
  }
  for (int i = 0; i < 2; i++) {
    mpi_lane *lane = &cr_world.lanes[i];
    pthread_mutex_init(&lane->lock, NULL);
    lane->is_behind = i == 1;
    if ((error = lib.f.Comm_dup(lib.world, &lane->comm))) return failed("a communicator cannot be made", error);
    lib.f.Comm_set_errhandler(lane->comm, lib.errors_return);
  }
  if ((error = lib.f.Comm_dup(lib.world, &cr_world.watch))) return failed("a communicator cannot be made", error);
  lib.f.Comm_set_errhandler(cr_world.watch, lib.errors_return);
  cr_world.rank = rank;
  cr_world.size = size;
  cr_world.process = getpid();
  pthread_t thread;
  if (pthread_create(&thread, NULL, communicate, NULL)) return "the communication thread cannot be started";
  pthread_detach(thread);
  if (!mpi_start_watching(&lib)) return "the watchdog cannot be started";
#ifdef __linux__
  on_exit(leave_with, NULL);
#else
  atexit(leave);
#endif
  return NULL;
}
