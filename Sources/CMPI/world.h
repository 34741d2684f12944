#ifndef WORLD_H
#define WORLD_H

#include "libraries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

// One thread's calls: each lane has a communicator of its own, so their calls cannot be taken for each other's.
typedef struct {
  handle comm;
  // Whether others compute while it waits.
  bool is_behind;
  void *scratch;
  size_t room;
  pthread_mutex_t lock;
  // When the call under way began; 0 where there is none. The label stays that of the last.
  int64_t began;
  char label[200];
} mpi_lane;

typedef struct {
  mpi_lane lanes[2];
  handle watch;
  int32_t rank, size;
  pid_t process;
  char library[120];
  // In nanoseconds; 0 for never.
  _Atomic int64_t timeout;
  atomic_bool has_ended;
} mpi_world;

extern mpi_world cr_world;

int64_t mpi_now(void);
void mpi_pause(int64_t nanoseconds);

// The watchdog: ends the process where a call takes too long, and answers the others' question what this rank does.
bool mpi_start_watching(const mpi_library *library);
void mpi_stop_watching(void);
void mpi_name_library(const char *version);

#endif
