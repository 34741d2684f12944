// The thread pool: one for the process, one job at a time.
#ifndef CR_THREADS_H
#define CR_THREADS_H

#include <stdint.h>

typedef void (*cr_task)(void *context, int64_t part);

// Runs task(context, part) for every part in 0..<parts and returns when all are done. One part, a call from inside a task, a call
// while another thread uses the pool, or a pool of one: the parts run on the calling thread, in order.
void cr_parallel(int64_t parts, cr_task task, void *context);

// That so many bytes were not to be had: told to whoever cr_on_shortage (cr_memory.h) names, on the thread that called the kernel.
void cr_report_shortage(uint64_t bytes);

// How many parts `work` units are split into, at least `grain` units each. Decided by the work alone, never by the number of
// threads, so that results do not depend on it.
int64_t cr_parts(int64_t work, int64_t grain);

// Threads that take part, the caller included. The default is CHAINRULE_THREADS, else the processors this process may use.
void cr_set_thread_count(int count);
int cr_thread_count(void);

#endif
