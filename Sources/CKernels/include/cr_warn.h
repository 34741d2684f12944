// Text on standard error, for code that must not import Foundation.
#ifndef CR_WARN_H
#define CR_WARN_H

void cr_warn(const char *text);

#endif
