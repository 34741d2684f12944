#include "cr_signal.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int signal) {
  (void)signal;
  interrupted = 1;
}

void cr_interrupt_watch(void) {
  struct sigaction action = {0};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  // Restarted, so that a save in progress is not disturbed; reset, so that a second Ctrl-C ends the process.
  action.sa_flags = SA_RESTART | (int)SA_RESETHAND;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

bool cr_interrupted(void) { return interrupted != 0; }
