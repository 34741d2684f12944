// Text of a floating-point number, as C's printf writes it, whatever the locale.
#ifndef CR_FORMAT_H
#define CR_FORMAT_H

#include <stddef.h>

// Writes `v` as "%.{precision}e" (style 'e') or "%.{precision}f" (any other style) with a NUL at the end and returns the
// length; returns -1, with nothing usable in `buffer`, where the text does not fit. The decimal separator is always ".";
// a NaN is "nan" whatever its sign.
int cr_format_double(char *buffer, size_t size, int precision, char style, double v);

#endif
