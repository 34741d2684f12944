#!/usr/bin/env python3
"""Writes sympy.json beside itself: derivatives, integrals and operation counts as SymPy 1.14 has them.

Derivatives are values at points; integrals are F(b) - F(a) of SymPy's antiderivative, checked here against quadrature.
"""
import json
import pathlib
import re
import signal
import sys

import mpmath
import sympy
from sympy import Rational, symbols

x, y, z, a, b, n = VARIABLES = symbols("x y z a b n", real=True)
NAMES = {s.name: s for s in VARIABLES}
NAMES |= {
    "abs": sympy.Abs, "max": sympy.Max, "min": sympy.Min, "e": sympy.E,
    "relu": lambda u: sympy.Max(0, u), "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)), "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "log2": lambda u: sympy.log(u, 2), "log10": lambda u: sympy.log(u, 10), "log1p": lambda u: sympy.log(1 + u),
    "expm1": lambda u: sympy.exp(u) - 1, "cbrt": lambda u: u ** Rational(1, 3), "hypot": lambda u, v: sympy.sqrt(u**2 + v**2),
    "pow": lambda u, v: u**v,
}


def expression(text):
    exact = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"Integer(\1)", text)
    return eval(exact.replace("^", "**"), {**vars(sympy), **NAMES})


# Functions of x on (0, 1), beyond 1, and of several variables; each with the orders of derivative to take.
INSIDE = """x^3 - 2*x + 5; x^7/7; 1/x; 1/x^2; sqrt(x); 1/sqrt(x); x^(2/3); (3*x + 1)^4; 1/(1 + x^2); x/(x + 1); (x - 1)/(x^2 + 1); (x^2 + 1)^(3/2)
exp(x); exp(-x^2); exp(sin(x)); x*exp(x); x^2*exp(-x); 2^x; x^x; exp(exp(x)); exp(-1/x); exp(x)/(1 + exp(x)); expm1(x)
log(x); log(x)^2; x*log(x); log(x)/x; log(1 + x^2); log(log(2 + x)); log(x + sqrt(1 + x^2)); log2(x); log10(x); log1p(x)
sin(x); cos(x); tan(x); sin(x)^2; cos(3*x)^3; sin(x)/x; x^2*sin(x); sin(x)*cos(x); sin(cos(x)); tan(x)^2; 1/cos(x); 1/sin(x); sin(x^2); cos(sqrt(x)); x*sin(1/x)
asin(x); acos(x); atan(x); asin(x^2); atan(1/x); x*atan(x); atan(x)^2; acos(x)/x; atan(exp(x))
sinh(x); cosh(x); tanh(x); asinh(x); atanh(x); sinh(x)^2; x*tanh(x); log(cosh(x)); tanh(x^2); atanh(x/2)
sigmoid(x); sigmoid(3*x - 1)^2; softplus(x); x*sigmoid(x); log(sigmoid(x)); erf(x); x*erf(x); exp(-x)*erf(x); cbrt(x); cbrt(x + 1)^2
x^2*sin(x) + exp(-x)/3; sqrt(x + sqrt(x)); (x^2 - 1)*(x^3 + 2)/(x + 4); sin(x)^x; x^sin(x); exp(x*log(x)); sqrt(1 - x^2); 4*x*(1 - x)*(1 - 4*x*(1 - x))"""
BEYOND = "acosh(x); acosh(x)^2; log(log(x)); sqrt(x^2 - 1); 1/(x^2 - 1); relu(x)*x; relu(x - 1)^2; abs(x)*x; max(x, x^2); min(x, x^3); relu(sin(x)); abs(sin(x))"
SEVERAL = {
    "x*y": "x y xy", "x^2*y^3": "x xy xxy xyy xxyy", "sin(x*y)": "x xy xxy yy", "exp(x*y)/z": "xz yz xyz", "x^y": "x y xy xx yy",
    "atan2(y, x)": "x y xy xx", "hypot(x, y)": "x xy yy", "log(x^2 + y^2)": "xx yy xy xxyy", "x*y*z": "xyz xy", "sqrt(x*y + z)": "x xy xyz",
    "max(x*y, z)": "x z xy", "sigmoid(a*x + b)": "a b ax aab xx", "(x - y)/(x + y)": "x y xy", "x/(y*z)": "yz yy xyz", "sin(x)*cos(y)": "xy xxyy",
    "exp(-(x^2 + y^2)/2)": "x xy xxyy", "log(exp(x) + exp(y) + exp(z))": "x xy xyz", "tanh(x*y + b)^2": "x xy b", "x*log(x/y)": "x y xy",
    "pow(x + y, z)": "x z xz",
}
INTEGRALS = """x^5; 1/x; 1/x^3; sqrt(x); x^(2/3); (2*x + 1)^5; 1/(3*x + 2); 1/(2*x + 5)^2; sqrt(4*x + 1); 1/sqrt(3 - 2*x); x^3 - 4*x + 1/x^2
exp(x); exp(1 - 3*x); 2^x; sin(2*x); cos(x/3); tan(x); 1/cos(x)^2; 1/sin(x)^2; 1/cos(x); 1/sin(x); sinh(x); cosh(2*x); tanh(x)
log(x); log(2*x + 3); log(x)^2; log(x)^3; asin(x); acos(x); atan(x); atan(2*x); asinh(x); atanh(x)
1/(1 + x^2); 1/(x^2 + 4); 1/(x^2 - 4); 1/(x^2 + 2*x + 5); x/(x^2 + 1); (2*x + 3)/(x^2 + 3*x + 5); (x + 1)/(x^2 - 5*x + 6); x^2/(x^2 + 1)
1/(x^3 + 1); 1/(x^3 - 4*x); 1/(x^4 - 16); 1/(x^2*(x + 1)); (3*x^2 + 2)/(x*(x + 1)^2); 1/(x^2 + 1)^2; x^3/(x^2 + 1)^2; x/(x + 1); 1/(x^4 + 4)
1/sqrt(1 - x^2); 1/sqrt(x^2 + 1); sqrt(1 - x^2); sqrt(x^2 + 9); 1/(x^2 + 1)^(3/2); x*sqrt(x + 1); x/sqrt(1 - x^2); x^3/sqrt(x^2 + 1); x^2/sqrt(1 - x^2)
x*exp(x); x^2*exp(-x); x^3*exp(2*x); x*sin(x); x^2*cos(3*x); x*log(x); x^2*log(x); log(x)/x; log(x)/x^2; x*atan(x); x^2*atan(x); sqrt(x)*log(x)
exp(x)*sin(x); exp(-x)*cos(2*x); x*exp(x)*sin(x); sin(x)^2; cos(x)^2; sin(x)^3; cos(x)^4; sin(x)^2*cos(x)^2; sin(x)^3*cos(x)^2; sin(x)*cos(x)
sin(2*x)*cos(3*x); sin(x)*sin(2*x); tan(x)^2; tan(x)^3; x*exp(x^2); x*exp(-x^2); exp(-x^2); x^2*exp(-x^2); cos(x)*exp(sin(x)); sin(x)/(1 + cos(x)^2)
exp(x)/(1 + exp(x)); 1/(1 + exp(x)); exp(2*x)/(1 + exp(x)); cos(log(x)); sin(sqrt(x)); exp(sqrt(x)); 1/(1 + sqrt(x)); x/(1 + x^4); cosh(x)^2; x*cosh(x)
x*cos(x)^2; log(x^2 + 1); x*log(x + 1); x*asin(x); (x^2 + 1)^3; x*erf(x); (x + 1)^2*(x - 3)"""
COUNTS = "x + 1; -x; x - y; -x - y; 1/x; x/y; -x/y; 2*x/3; x^2; 1/x^2; sqrt(x); x*y*z; 2*x*y; x/(y*z); exp(-x); y*exp(-x); (x + 1)^2/(y*z); x*sin(x)^2 - 3*x; x^y; -2*x + y; 1/(x*y); 3/x; x^(-3/2)*y"


def split(text):
    return [part.strip() for line in text.split("\n") for part in line.split(";") if part.strip()]


def number(value):
    value = complex(sympy.N(value, 30))
    return value.real if abs(value.imag) < 1e-20 and abs(value.real) < 1e12 else None


def derivatives():
    cases = [(f, "x" * order, [0.31, 0.77]) for f in split(INSIDE) for order in (1, 2)]
    cases += [(f, "xxx", [0.43]) for f in split(INSIDE)[::2]] + [(f, "xxxx", [0.59]) for f in split(INSIDE)[::5]]
    cases += [(f, "x" * order, [1.7, 2.3]) for f in split(BEYOND) for order in (1, 2)]
    cases += [(f, orders, [0.83]) for f, all_orders in SEVERAL.items() for orders in all_orders.split()]
    others = {y: Rational(137, 100), z: Rational(61, 100), a: Rational(9, 10), b: Rational(-3, 10)}
    for text, orders, points in cases:
        derivative = expression(text)
        for name in orders:
            derivative = sympy.diff(derivative, NAMES[name])
        values = [number(derivative.subs(others | {x: Rational(str(p))})) for p in points]
        assert None not in values, (text, orders)
        yield [text, orders, points, values]


def integrals(seconds=20):
    def give_up(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    low, high = Rational(1, 5), Rational(4, 5)
    for text in split(INTEGRALS):
        f = expression(text)
        signal.alarm(seconds)
        try:
            answer = sympy.integrate(f, x)
            value = None if answer.has(sympy.Integral) else number(answer.subs(x, high) - answer.subs(x, low))
        except TimeoutError:
            value = None
        finally:
            signal.alarm(0)
        checked = float(mpmath.quad(sympy.lambdify(x, f, "mpmath"), [0.2, 0.8]))
        if value is None or abs(value - checked) > 1e-9 * max(1, abs(checked)):
            print("left out:", text, value, checked, file=sys.stderr)
            continue
        yield [text, value]


def main():
    counts = [[text, int(sympy.count_ops(expression(text)))] for text in split(COUNTS)]
    document = {"sympy": sympy.__version__, "counts": counts, "integrals": list(integrals()), "derivatives": list(derivatives())}
    print({key: len(value) for key, value in document.items()}, file=sys.stderr)
    lines = [f'"{key}":' + (json.dumps(value) if isinstance(value, str) else "[\n" + ",\n".join(json.dumps(v) for v in value) + "]")
             for key, value in document.items()]
    (pathlib.Path(__file__).parent / "sympy.json").write_text("{" + ",\n".join(lines) + "}\n")


main()
