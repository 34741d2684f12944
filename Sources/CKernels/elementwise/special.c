// Special functions in double precision: series, asymptotic series and the iterations that invert erf, with reflections.
#define _DEFAULT_SOURCE
#define _REENTRANT  // macOS declares lgamma_r with it only
#include <math.h>

#include "cr_special.h"
#include "cr_threads.h"

static const double PI = 3.14159265358979323846, ROOT_PI = 1.77245385090551602730, ROOT_HALF = 0.70710678118654752440;

// MARK: Gamma and its kin

static double lgamma_of(double x, int n) {
  (void)n;
  int sign;
  return lgamma_r(x, &sign);
}

// Bernoulli numbers B2, B4, ... over (2k)!, as the Euler-Maclaurin formula wants them.
static const double bernoulli[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000.0,
                                   1.0 / 74724249600.0, -3617.0 / 10670622842880000.0};

// The sum of (q + k)^-s over all k, q > 0, s > 1: terms, then Euler and Maclaurin's formula for the rest.
static double hurwitz(double s, double q) {
  double sum = 0;
  for (; q < 12; q += 1) sum += pow(q, -s);
  double power = pow(q, -s), term = s * power / q;
  sum += power * q / (s - 1) + power / 2;
  for (int k = 0; k < 8; k++) {
    sum += bernoulli[k] * term;
    term *= (s + 2 * k + 1) * (s + 2 * k + 2) / (q * q);
  }
  return sum;
}

static double digamma_of(double x) {
  if (x == 0) return copysign(INFINITY, -x);
  if (x < 0) {
    if (x == floor(x)) return NAN;
    double whole;
    return digamma_of(1 - x) - PI / tan(PI * modf(x, &whole));
  }
  double sum = 0;
  for (; x < 12; x += 1) sum -= 1 / x;
  static const double series[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
  double square = 1 / (x * x), power = square;
  sum += log(x) - 0.5 / x;
  for (int k = 0; k < 7; k++, power *= square) sum -= series[k] * power;
  return sum;
}

// The n-th derivative of pi cot(pi x): a polynomial in c = cot(pi x), as c' = -pi (1 + c^2).
static double cotangent_derivative(double x, int n) {
  double p[64] = {0, PI}, whole, angle = PI * modf(x, &whole), c = cos(angle) / sin(angle);
  for (int k = 0; k < n; k++) {
    double next[64] = {0};
    for (int i = 1; i <= k + 1; i++) {
      next[i - 1] -= PI * i * p[i];
      next[i + 1] -= PI * i * p[i];
    }
    for (int i = 0; i < 64; i++) p[i] = next[i];
  }
  double sum = 0;
  for (int i = n + 1; i >= 0; i--) sum = sum * c + p[i];
  return sum;
}

static double polygamma_of(double x, int n) {
  if (n == 0) return digamma_of(x);
  if (x <= 0) {
    if (x == floor(x)) return n % 2 ? INFINITY : NAN;
    return (n % 2 ? -1 : 1) * polygamma_of(1 - x, n) - cotangent_derivative(x, n);
  }
  return (n % 2 ? 1 : -1) * exp(lgamma_of(n + 1.0, 0)) * hurwitz(n + 1.0, x);
}

// MARK: The error function's kin

// The z with erfc(z) = q: an approximation by elementary functions (Winitzki 2008), then Halley's method.
static double erfc_inverse(double q) {
  if (!(q >= 0 && q <= 2)) return NAN;
  if (q > 1) return -erfc_inverse(2 - q);
  if (q == 0) return INFINITY;
  const double a = 0.147;
  double l = log(q) + log(2 - q), t = 2 / (PI * a) + l / 2;
  double z = sqrt(fmax(0, sqrt(t * t - l / a) - t));
  for (int i = 0; i < 4; i++) {
    double r = (q - erfc(z)) * ROOT_PI / 2 * exp(z * z);
    z -= r / (1 + z * r);
  }
  return z;
}

static double erfinv_of(double x, int n) {
  (void)n;
  double size = fabs(x);
  if (!(size <= 1)) return NAN;
  if (size > 0.5) return copysign(erfc_inverse(1 - size), x);
  double z = size * ROOT_PI / 2 * (1 + PI / 12 * size * size);
  for (int i = 0; i < 4; i++) {
    double r = (erf(z) - size) * ROOT_PI / 2 * exp(z * z);
    z -= r / (1 + z * r);
  }
  return copysign(z, x);
}

static double erfcx_of(double x, int n) {
  (void)n;
  if (x > 25) {
    double h = 1 / (2 * x * x), term = 1, sum = 1;
    for (int k = 1; k < 12; k++) sum += term *= -(2 * k - 1) * h;
    return sum / (x * ROOT_PI);
  }
  // The square in two parts: what its rounding loses would count many times over in the exponential.
  double square = x * x, rest = fma(x, x, -square), complement = erfc(x);
  double y = exp(square) * complement;
  return isinf(y) ? y : y + y * rest;
}

static double log_ndtr_of(double x, int n) {
  if (x < -1) return log(erfcx_of(-x * ROOT_HALF, n) / 2) - x * x / 2;
  return log1p(-erfc(x * ROOT_HALF) / 2);
}

static double ndtri_of(double x, int n) {
  (void)n;
  if (x == 0) return -INFINITY;
  return -erfc_inverse(2 * x) / ROOT_HALF;
}

static double entr_of(double x, int n) {
  (void)n;
  return x < 0 ? -INFINITY : x == 0 ? 0 : -x * log(x);
}

// MARK: Modified Bessel functions

// I0 or I1 of |x|, times exp(-|x|) where scaled: the power series, whose terms are all positive, and far out the asymptotic one.
static double bessel(double x, int order, int scaled) {
  double size = fabs(x), sum = 1, term = 1;
  if (size <= 30) {
    double square = size * size / 4;
    for (int k = 1; k < 100 && term > sum * 1e-18; k++) sum += term *= square / ((double)k * (k + order));
    if (order) sum *= size / 2;
    if (scaled) sum *= exp(-size);
  } else {
    double mu = 4 * order * order;
    for (int k = 1; k < 30; k++) sum += term *= -(mu - (2 * k - 1) * (2 * k - 1)) / (k * 8 * size);
    // In two factors, as the exponential overflows before the whole does.
    sum /= sqrt(2 * PI * size);
    if (!scaled) sum = sum * exp(size / 2) * exp(size / 2);
    if (isinf(x)) sum = scaled ? 0 : INFINITY;
  }
  return isnan(x) ? x : order && x < 0 ? -sum : sum;
}

static double i0_of(double x, int n) { return (void)n, bessel(x, 0, 0); }
static double i0e_of(double x, int n) { return (void)n, bessel(x, 0, 1); }
static double i1_of(double x, int n) { return (void)n, bessel(x, 1, 0); }
static double i1e_of(double x, int n) { return (void)n, bessel(x, 1, 1); }

// MARK: Over tensors

typedef struct job {
  double (*function)(double, int);
  int n;
  const cr_tensor *a, *b;
  cr_tensor *out, *other;
  int64_t parts;
} job;

static void run(job *j, cr_task task) {
  j->parts = cr_parts(j->out->count, 1 << 12);
  if (j->out->count > 0) cr_parallel(j->parts, task, j);
}

#define EACH(j, part)                                                                            \
  for (int64_t i = (j)->out->count * (part) / (j)->parts, end = (j)->out->count * ((part) + 1) / (j)->parts; i < end; i++)

static void special_part(void *context, int64_t part) {
  const job *j = context;
  if (j->a->dtype == CR_FLOAT32) EACH(j, part) ((float *)j->out->data)[i] = (float)j->function(((const float *)j->a->data)[i], j->n);
  else EACH(j, part) ((double *)j->out->data)[i] = j->function(((const double *)j->a->data)[i], j->n);
}

void cr_special(cr_special_op op, int n, const cr_tensor *x, cr_tensor *out) {
  static double (*const functions[])(double, int) = {
      [CR_LGAMMA] = lgamma_of, [CR_POLYGAMMA] = polygamma_of, [CR_ERFINV] = erfinv_of, [CR_ERFCX] = erfcx_of,
      [CR_LOG_NDTR] = log_ndtr_of, [CR_NDTRI] = ndtri_of, [CR_I0] = i0_of, [CR_I0E] = i0e_of, [CR_I1] = i1_of, [CR_I1E] = i1e_of,
      [CR_ENTR] = entr_of,
  };
  job j = {.function = functions[op], .n = n, .a = x, .out = out};
  run(&j, special_part);
}

static void frexp_part(void *context, int64_t part) {
  const job *j = context;
  int32_t *exponent = j->other->data;
  EACH(j, part) {
    int e = 0;
    if (j->a->dtype == CR_FLOAT32) ((float *)j->out->data)[i] = frexpf(((const float *)j->a->data)[i], &e);
    else ((double *)j->out->data)[i] = frexp(((const double *)j->a->data)[i], &e);
    exponent[i] = e;
  }
}

void cr_frexp(const cr_tensor *x, cr_tensor *mantissa, cr_tensor *exponent) {
  job j = {.a = x, .out = mantissa, .other = exponent};
  run(&j, frexp_part);
}

// The neighbour of a float16 or bfloat16 on the way to another: their bits, but for the sign, are in the order of the numbers. Above
// `infinity` there is none.
static uint16_t narrow_after(uint16_t a, uint16_t b, uint16_t infinity) {
  const uint16_t x = a & 0x7fff, y = b & 0x7fff;
  if (x > infinity) return a;
  if (y > infinity) return b;
  if (a == b || (x | y) == 0) return b;
  if (x == 0) return (uint16_t)((b & 0x8000) | 1);
  return (a ^ b) & 0x8000 || x > y ? (uint16_t)(a - 1) : (uint16_t)(a + 1);
}

static void nextafter_part(void *context, int64_t part) {
  const job *j = context;
  if (cr_is_narrow(j->a->dtype)) {
    const uint16_t *a = j->a->data, *b = j->b->data, infinity = j->a->dtype == CR_FLOAT16 ? 0x7c00 : 0x7f80;
    EACH(j, part) ((uint16_t *)j->out->data)[i] = narrow_after(a[i], b[i], infinity);
  } else if (j->a->dtype == CR_FLOAT32)
    EACH(j, part) ((float *)j->out->data)[i] = nextafterf(((const float *)j->a->data)[i], ((const float *)j->b->data)[i]);
  else EACH(j, part) ((double *)j->out->data)[i] = nextafter(((const double *)j->a->data)[i], ((const double *)j->b->data)[i]);
}

void cr_nextafter(const cr_tensor *a, const cr_tensor *b, cr_tensor *out) {
  job j = {.a = a, .b = b, .out = out};
  run(&j, nextafter_part);
}
