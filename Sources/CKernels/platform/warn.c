#include "cr_warn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cr_warn(const char *text) { fputs(text, stderr); }

void cr_trap(const char *text) {
  fflush(stdout);
  fputs(text, stderr);
  const char *wanted = getenv("CHAINRULE_BACKTRACE");
  if (!wanted || !*wanted || strcmp(wanted, "0") == 0) {
    // Without the handler of Swift's runtime, which writes out every frame. The signal remains.
    signal(SIGILL, SIG_DFL);
    signal(SIGTRAP, SIG_DFL);
  }
  __builtin_trap();
}

int cr_end_output(void) {
  // What a full disk refuses is told by the flush, or was told by an earlier write whose error number is gone; a network's file
  // system tells it when closing.
  int error = fflush(stdout) != 0 ? errno : ferror(stdout) ? -1 : 0;
  if (error < 0) {
    struct pollfd reader = {.fd = fileno(stdout), .events = POLLOUT};
    if (poll(&reader, 1, 0) > 0 && reader.revents & POLLERR) error = EPIPE;
    // The text is cut off already: one more end of a line asks what is the matter.
    else if (write(fileno(stdout), "\n", 1) < 0) error = errno;
  }
  if (fclose(stdout) != 0 && error == 0) error = errno;
  return error;
}
