#include "cr_format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int is_digit(char c) { return c >= '0' && c <= '9'; }

int cr_format_double(char *buffer, size_t size, int precision, char style, double v) {
  // glibc writes the sign of a NaN, which carries no meaning and differs between machines.
  if (isnan(v)) v = NAN;
  int length = style == 'e' ? snprintf(buffer, size, "%.*e", precision, v) : snprintf(buffer, size, "%.*f", precision, v);
  if (length < 0 || (size_t)length >= size) return -1;
  if (precision <= 0 || !isfinite(v)) return length;

  // The separator is whatever bytes the thread's locale put between two runs of digits. Rewriting them needs no locale
  // object and no lock, and is right for separators of several bytes too.
  char *separator = buffer + (buffer[0] == '-');
  while (is_digit(*separator)) separator++;
  char *fraction = separator;
  while (!is_digit(*fraction)) fraction++;
  *separator++ = '.';
  memmove(separator, fraction, (size_t)(buffer + length - fraction) + 1);
  return length - (int)(fraction - separator);
}
