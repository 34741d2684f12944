// The watchdog. MPI has no time-outs: a rank that waits for one that has stopped, or does something else, waits for ever. This thread looks at
// how long calls take; after too long it asks every rank what it does, says so, and ends the process, whereupon the launcher ends the job.
#include "world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUESTION = 1, ANSWER = 2, ANSWER_LENGTH = 256 };

static const mpi_library *lib;
static atomic_bool is_stopped;
static pthread_t watcher;

// Messages are small enough to be sent at once: nobody waits for their requests.
static void send_to(int32_t rank, const void *data, int bytes, int tag) {
  handle request = 0;
  int done = 0;
  if (lib->f.Isend(data, bytes, lib->types[CR_MPI_BYTES], rank, tag, cr_world.watch, &request)) return;
  for (int i = 0; i < 200 && !done; i++) {
    if (lib->f.Test(&request, &done, lib->status_ignore)) return;
    if (!done) mpi_pause(100000);
  }
}

// Receives a message that is there, within a bounded time; false where there is none.
static bool receive(void *data, int bytes, int tag) {
  int there = 0, done = 0;
  handle request = 0;
  // Room for the status of every library.
  int status[16];
  if (lib->f.Iprobe(lib->any_source, tag, cr_world.watch, &there, status) || !there) return false;
  if (lib->f.Irecv(data, bytes, lib->types[CR_MPI_BYTES], lib->any_source, tag, cr_world.watch, &request)) return false;
  for (int i = 0; i < 1000 && !done; i++) {
    if (lib->f.Test(&request, &done, lib->status_ignore)) return false;
    if (!done) mpi_pause(100000);
  }
  return done;
}

// What this rank does now: the longest call under way, or else what it did last.
static void describe(char *text, size_t size) {
  int64_t oldest = 0;
  char label[200] = "";
  for (int i = 0; i < 2; i++) {
    mpi_lane *lane = &cr_world.lanes[i];
    pthread_mutex_lock(&lane->lock);
    if (lane->began && (!oldest || lane->began < oldest)) {
      oldest = lane->began;
      memcpy(label, lane->label, sizeof label);
    }
    pthread_mutex_unlock(&lane->lock);
  }
  if (oldest) {
    snprintf(text, size, "waits in %s", label);
  } else if (atomic_load(&cr_world.has_ended)) {
    snprintf(text, size, "has come to its end");
  } else {
    mpi_lane *lane = &cr_world.lanes[0];
    pthread_mutex_lock(&lane->lock);
    snprintf(text, size, "%s%s", *lane->label ? "is in no call; its last was " : "has made no call", lane->label);
    pthread_mutex_unlock(&lane->lock);
  }
}

static void answer_questions(void) {
  int32_t asking = 0;
  while (receive(&asking, sizeof asking, QUESTION)) {
    char answer[ANSWER_LENGTH + sizeof(int32_t)] = {0};
    memcpy(answer, &cr_world.rank, sizeof(int32_t));
    describe(answer + sizeof(int32_t), ANSWER_LENGTH);
    if (asking >= 0 && asking < cr_world.size) send_to(asking, answer, sizeof answer, ANSWER);
  }
}

// Says what is waited for, and what the other ranks do, and ends the process.
static void end_with_a_look(const char *label, double seconds) {
  fprintf(stderr, "rank %d of %d: no end of %s after %.0f s\n", cr_world.rank, cr_world.size, label, seconds);
  char (*answers)[ANSWER_LENGTH] = calloc((size_t)cr_world.size, ANSWER_LENGTH);
  for (int32_t r = 0; r < cr_world.size; r++) {
    if (r != cr_world.rank) send_to(r, &cr_world.rank, sizeof cr_world.rank, QUESTION);
  }
  const int64_t until = mpi_now() + 2000000000;
  while (answers && mpi_now() < until) {
    char answer[ANSWER_LENGTH + sizeof(int32_t)];
    while (receive(answer, sizeof answer, ANSWER)) {
      int32_t from = 0;
      memcpy(&from, answer, sizeof from);
      if (from >= 0 && from < cr_world.size) memcpy(answers[from], answer + sizeof from, ANSWER_LENGTH - 1);
    }
    answer_questions();
    mpi_pause(5000000);
  }
  char own[ANSWER_LENGTH];
  describe(own, sizeof own);
  int told = 0;
  for (int32_t r = 0; answers && r < cr_world.size; r++) {
    if (r == cr_world.rank || strcmp(answers[r], own) == 0) continue;
    if (told++ == 8) {
      fprintf(stderr, "  and others\n");
      break;
    }
    fprintf(stderr, "  rank %d %s\n", r, *answers[r] ? answers[r] : "gives no answer: it has stopped, or cannot be reached");
  }
  if (told == 0) fprintf(stderr, "  every rank waits there: the connection between them is at fault\n");
  fflush(stderr);
  _exit(1);
}

static void *watch(void *unused) {
  (void)unused;
  while (!atomic_load(&is_stopped)) {
    mpi_pause(50000000);
    const int64_t timeout = atomic_load(&cr_world.timeout);
    answer_questions();
    for (int i = 0; i < 2 && timeout > 0; i++) {
      mpi_lane *lane = &cr_world.lanes[i];
      char label[200];
      pthread_mutex_lock(&lane->lock);
      const int64_t waited = lane->began ? mpi_now() - lane->began : 0;
      memcpy(label, lane->label, sizeof label);
      pthread_mutex_unlock(&lane->lock);
      if (waited > timeout) end_with_a_look(label, (double)waited * 1e-9);
    }
  }
  return NULL;
}

bool mpi_start_watching(const mpi_library *library) {
  lib = library;
  return pthread_create(&watcher, NULL, watch, NULL) == 0;
}

void mpi_stop_watching(void) {
  atomic_store(&is_stopped, true);
  pthread_join(watcher, NULL);
}

// "MPICH 4.0.2" of what the library says of itself.
void mpi_name_library(const char *version) {
  char name[80] = "MPI", number[40] = "";
  if (strstr(version, "Open MPI")) strcpy(name, "Open MPI");
  else if (strstr(version, "Intel")) strcpy(name, "Intel MPI");
  else if (strstr(version, "MPICH")) strcpy(name, "MPICH");
  const char *digits = version;
  while (*digits && !isdigit((unsigned char)*digits)) digits++;
  size_t n = 0;
  while (n < sizeof number - 1 && (isdigit((unsigned char)digits[n]) || digits[n] == '.')) n++;
  memcpy(number, digits, n);
  number[n] = 0;
  snprintf(cr_world.library, sizeof cr_world.library, "%s%s%s", name, n ? " " : "", number);
}
