// MPI, found at run time: no header of it is needed to build, and one binary runs under every library and launcher.
#ifndef CR_MPI_H
#define CR_MPI_H

#include <stdbool.h>
#include <stdint.h>

// What a launcher's variables say of the world that the process belongs to.
typedef struct {
  // Whether a launcher started the process.
  bool is_launched;
  // How many processes the launcher started; 0 where it does not say.
  int32_t size;
  // How many there are at least: those of this machine, where only they are told.
  int32_t least;
  // The launcher: "Open MPI", "Hydra" or "PMIx".
  const char *name;
} cr_mpi_launch;

cr_mpi_launch cr_mpi_launcher(void);

// What a call does.
enum {
  CR_MPI_BARRIER,
  CR_MPI_BROADCAST,
  // The sum in the order of a binary tree over the ranks: the same bits whatever the library, and for one rank with the tree's leaves.
  CR_MPI_SUM_IN_ORDER,
  // The sum in the library's own order.
  CR_MPI_SUM,
  // The sum in order, of which each rank keeps its slice: `data` holds size * count elements, `other` receives count.
  CR_MPI_REDUCE_SCATTER,
  // `data` holds count elements, `other` receives size * count.
  CR_MPI_ALL_GATHER,
  CR_MPI_SEND,
  CR_MPI_RECEIVE,
  // The library's own blocking call, to measure by.
  CR_MPI_SUM_PLAIN,
};

// What a call moves; sums exist of the first three.
enum { CR_MPI_F32, CR_MPI_F64, CR_MPI_I64, CR_MPI_BYTES };

typedef struct {
  int32_t kind, dtype;
  void *data, *other;
  int64_t count;
  // The root, or the rank at the other end.
  int32_t peer;
  // What is told where the call never ends.
  char label[200];
  // MPI's error code, 0 where it went well.
  int32_t error;
  // How long the call took, in nanoseconds.
  int64_t took;
  int32_t state;
  void *next;
} cr_mpi_call;

// Loads the library, or the usual ones of the launcher where `path` is null, and joins the world. On failure the text of what is wrong.
const char *cr_mpi_start(const char *path);
int32_t cr_mpi_rank(void);
int32_t cr_mpi_size(void);
// The library and its version.
const char *cr_mpi_library(void);

// A call on the calling thread; one at a time.
int32_t cr_mpi_run(cr_mpi_call *call);
// A call on the communication thread, which runs them in the order they come; `cr_mpi_wait` waits for its end.
void cr_mpi_submit(cr_mpi_call *call);
int32_t cr_mpi_wait(cr_mpi_call *call);
const char *cr_mpi_error_text(int32_t error);

// A call that lasts longer ends the process, after a look at what the others do; 0 for never.
void cr_mpi_set_timeout(double seconds);
// The processes of the world on this machine's name space come to an end without each other: after an error.
void cr_mpi_abandon(void);

// Threads that take turns with the one that made them: one thread computes at a time.
typedef struct cr_turn cr_turn;

// A thread that will run `body`; null where none can be had.
cr_turn *cr_turn_make(void (*body)(void *), void *context);
// Goes on with it until it pauses, or ends; returns whether it has paused.
bool cr_turn_go(cr_turn *turn);
// On that thread: waits until it is to go on.
void cr_turn_pause(cr_turn *turn);
// Forgets one that has ended.
void cr_turn_free(cr_turn *turn);

#endif
