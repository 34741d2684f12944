#include "cr_thread.h"

_Thread_local cr_thread_state cr_thread_state_storage;
