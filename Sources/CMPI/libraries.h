// What of MPI is used, and how each library of it is spoken to. A handle is an int (MPICH), or an address (the others); both travel in a
// register, so that one type of function serves all. Handles that come back are 4 or 8 bytes, written over zeros.
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "cr_mpi.h"

#include <stdio.h>

typedef uintptr_t handle;

typedef struct {
  int (*Init_thread)(int *, char ***, int, int *);
  int (*Initialized)(int *);
  int (*Finalize)(void);
  int (*Comm_rank)(handle, int *);
  int (*Comm_size)(handle, int *);
  int (*Comm_dup)(handle, handle *);
  int (*Comm_set_errhandler)(handle, handle);
  int (*Get_library_version)(char *, int *);
  int (*Error_string)(int, char *, int *);
  int (*Test)(handle *, int *, void *);
  int (*Ibarrier)(handle, handle *);
  int (*Ibcast)(void *, int, handle, int, handle, handle *);
  int (*Allreduce)(const void *, void *, int, handle, handle, handle);
  int (*Iallreduce)(const void *, void *, int, handle, handle, handle, handle *);
  int (*Ialltoall)(const void *, int, handle, void *, int, handle, handle, handle *);
  int (*Iallgather)(const void *, int, handle, void *, int, handle, handle, handle *);
  int (*Isend)(const void *, int, handle, int, int, handle, handle *);
  int (*Irecv)(void *, int, handle, int, int, handle, handle *);
  int (*Iprobe)(int, int, handle, int *, void *);
} mpi_functions;

typedef struct {
  mpi_functions f;
  handle world, types[4], sum, errors_return;
  void *in_place, *status_ignore;
  int any_source, thread_multiple;
} mpi_library;

// The library that `path` names, or the first of the launcher's usual ones that is there; otherwise says why not.
bool mpi_load(mpi_library *library, const char *path, const cr_mpi_launch *launch, char *why, size_t size);

// The sum of `ranks` slices of `count` elements, which follow each other, in the order of a binary tree; it comes to stand in `out`.
void mpi_tree_sum(void *slices, void *out, int64_t ranks, int64_t count, int dtype);

#endif
