#include "cr_warn.h"

#include <stdio.h>

void cr_warn(const char *text) { fputs(text, stderr); }
