// dladdr is beyond what the C standard library names.
#define _GNU_SOURCE
// The libraries: where they lie, and the constants of each ABI. MPICH's are those of its mpi.h since version 3, Open MPI's are the addresses
// of its own objects, those of the standard ABI are in the MPI standard 5.0, appendix A.
#include "libraries.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

cr_mpi_launch cr_mpi_launcher(void) {
  static const struct {
    const char *variable, *size, *least, *name;
  } launchers[] = {
      {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", NULL, "Open MPI"},
      {"PMI_SIZE", "PMI_SIZE", NULL, "Hydra"},
      {"MPI_LOCALNRANKS", NULL, "MPI_LOCALNRANKS", "Hydra"},
      {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", NULL, "PMIx"},
  };
  cr_mpi_launch launch = {0};
  for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
    const char *text = getenv(launchers[i].variable);
    if (!text || !*text) continue;
    const char *size = launchers[i].size ? getenv(launchers[i].size) : NULL, *least = launchers[i].least ? getenv(launchers[i].least) : NULL;
    launch.is_launched = true;
    launch.name = launchers[i].name;
    if (size) launch.size = (int32_t)strtol(size, NULL, 10);
    launch.least = least ? (int32_t)strtol(least, NULL, 10) : launch.size;
    break;
  }
  return launch;
}

#ifdef __APPLE__
static const char *const open_mpi[] = {"libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib", "/usr/local/lib/libmpi.40.dylib", NULL};
static const char *const mpich[] = {"libmpi_abi.1.dylib",      "libmpi.12.dylib", "/opt/homebrew/lib/libmpi.12.dylib",
                                    "/usr/local/lib/libmpi.12.dylib", "libmpich.12.dylib", NULL};
#else
static const char *const open_mpi[] = {"libmpi.so.40", NULL};
static const char *const mpich[] = {"libmpi.so.12", "libmpich.so.12", "libmpi_abi.so.1", NULL};
#endif

static bool has_functions(void *library, mpi_functions *f, const char **missing) {
#define EACH(X)                                                                                                                            \
  X(Init_thread) X(Initialized) X(Finalize) X(Comm_rank) X(Comm_size) X(Comm_dup) X(Comm_set_errhandler) X(Get_library_version)            \
  X(Error_string) X(Test) X(Ibarrier) X(Ibcast) X(Allreduce) X(Iallreduce) X(Ialltoall) X(Iallgather) X(Isend) X(Irecv) X(Iprobe)
#define LOOK(name)                                                                                                                         \
  if (!(*(void **)&f->name = dlsym(library, "MPI_" #name))) {                                                                              \
    *missing = "MPI_" #name;                                                                                                               \
    return false;                                                                                                                          \
  }
  EACH(LOOK)
  return true;
}

static handle address(void *library, const char *name) { return (handle)dlsym(library, name); }

// Whether the library that the functions came from speaks the standard ABI; that of MPICH itself has the same functions, and other handles.
static bool is_standard(const mpi_functions *f) {
  Dl_info info;
  if (!dladdr(*(void *const *)&f->Comm_size, &info) || !info.dli_fname) return false;
  const char *name = strrchr(info.dli_fname, '/');
  return strstr(name ? name : info.dli_fname, "mpi_abi") != NULL;
}

static void fill(mpi_library *l, void *library) {
  if (dlsym(library, "ompi_mpi_comm_world")) {
    l->world = address(library, "ompi_mpi_comm_world");
    l->types[CR_MPI_F32] = address(library, "ompi_mpi_float");
    l->types[CR_MPI_F64] = address(library, "ompi_mpi_double");
    l->types[CR_MPI_I64] = address(library, "ompi_mpi_int64_t");
    l->types[CR_MPI_BYTES] = address(library, "ompi_mpi_byte");
    l->sum = address(library, "ompi_mpi_op_sum");
    l->errors_return = address(library, "ompi_mpi_errors_return");
    l->in_place = (void *)1;
    l->status_ignore = NULL;
    l->any_source = -1;
    l->thread_multiple = 3;
  } else if (is_standard(&l->f)) {
    l->world = 0x101;
    l->types[CR_MPI_F32] = 0x210;
    l->types[CR_MPI_F64] = 0x214;
    l->types[CR_MPI_I64] = 0x258;
    l->types[CR_MPI_BYTES] = 0x247;
    l->sum = 0x21;
    l->errors_return = 0x143;
    l->in_place = (void *)1;
    l->status_ignore = NULL;
    l->any_source = -1;
    l->thread_multiple = 4096;
  } else {
    l->world = 0x44000000;
    l->types[CR_MPI_F32] = 0x4c00040a;
    l->types[CR_MPI_F64] = 0x4c00080b;
    l->types[CR_MPI_I64] = 0x4c00083a;
    l->types[CR_MPI_BYTES] = 0x4c00010d;
    l->sum = 0x58000003;
    l->errors_return = 0x54000001;
    l->in_place = (void *)-1;
    l->status_ignore = (void *)1;
    l->any_source = -2;
    l->thread_multiple = 3;
  }
}

bool mpi_load(mpi_library *l, const char *path, const cr_mpi_launch *launch, char *why, size_t size) {
  // Open MPI's plugins look for its functions in the process.
  const int mode = RTLD_NOW | RTLD_GLOBAL;
  void *library = NULL;
  char first[300] = "";
  if (path) {
    library = dlopen(path, mode);
    if (!library) snprintf(first, sizeof first, "%s", dlerror());
  } else {
    // PMIx starts both kinds; Slurm's usual one is Open MPI.
    const char *const *lists[2] = {open_mpi, mpich};
    if (strcmp(launch->name, "Hydra") == 0) lists[0] = mpich, lists[1] = NULL;
    if (strcmp(launch->name, "Open MPI") == 0) lists[1] = NULL;
    for (int i = 0; i < 2 && lists[i] && !library; i++) {
      for (const char *const *name = lists[i]; *name && !library; name++) {
        library = dlopen(*name, mode);
        if (!library && !*first) snprintf(first, sizeof first, "%s", dlerror());
      }
    }
  }
  if (!library) {
    snprintf(why, size, "%s", first);
    return false;
  }
  const char *missing = NULL;
  if (!has_functions(library, &l->f, &missing)) {
    snprintf(why, size, "%s has no %s: not an MPI library of version 3 or later", path ? path : "the library", missing);
    return false;
  }
  fill(l, library);
  return true;
}
