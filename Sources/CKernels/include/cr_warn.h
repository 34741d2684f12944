// The standard streams, for code that must not import Foundation.
#ifndef CR_WARN_H
#define CR_WARN_H

// Writes the text to the standard error.
void cr_warn(const char *text);

// Writes the text to the standard error and traps. Swift's runtime writes a backtrace only if CHAINRULE_BACKTRACE=1 is set.
__attribute__((noreturn)) void cr_trap(const char *text);

// Writes out and closes the standard output. Returns 0 if all that was printed has arrived, else the error
// number, or -1 if that is no longer known.
int cr_end_output(void);

#endif
