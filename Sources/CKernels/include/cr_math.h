// The C library's functions of one double, for code that must not import Foundation.
#ifndef CR_MATH_H
#define CR_MATH_H

#include <math.h>

static inline double cr_log_f64(double x) { return log(x); }
static inline double cr_sqrt_f64(double x) { return sqrt(x); }
static inline double cr_exp_f64(double x) { return exp(x); }
static inline double cr_pow_f64(double x, double y) { return pow(x, y); }

#endif
