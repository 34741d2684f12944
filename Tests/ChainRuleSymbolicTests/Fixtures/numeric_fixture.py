#!/usr/bin/env python3
"""Writes derivatives.json beside itself: functions, points, orders, and the derivative there, to judge numeric differentiation by.

Usage: numeric_fixture.py [SEED [COUNT [FILE]]]. The derivative is SymPy's, evaluated with 60 digits or more; the constants of each formula
and its point are doubles, exactly. At no point the function has a kink, a jump or a pole, but often one is near.
"""
import json
import math
import pathlib
import random
import sys

import mpmath
import sympy
from sympy import Rational

X, Y = sympy.symbols("x y", real=True)


class Part:
    """A formula as text, and as SymPy has it on the branch that the point is on."""

    def __init__(self, text, value):
        self.text, self.value = text, value

    def __add__(self, other):
        return Part(f"({self.text} + {other.text})", self.value + other.value)

    def __sub__(self, other):
        return Part(f"({self.text} - {other.text})", self.value - other.value)

    def __mul__(self, other):
        return Part(f"({self.text})*({other.text})", self.value * other.value)

    def __truediv__(self, other):
        return Part(f"({self.text})/({other.text})", self.value / other.value)

    def __pow__(self, n):
        return Part(f"({self.text})^{n}", self.value**n)

    def at(self, point):
        return mpmath.mpf(sympy.N(self.value.subs(point), 60)) if self.value.free_symbols else mpmath.mpf(sympy.N(self.value, 60))


def call(name, function):
    return lambda part: Part(f"{name}({part.text})", function(part.value))


def number(value):
    """A double, exactly: written so that the formula's parser has the same value."""
    value = float(value)
    return Part(repr(value) if value >= 0 else f"({value!r})", Rational(value))


def short(value, bits=12):
    """A double of few bits near the value, whose decimals are its exact value where it is not extreme."""
    m, e = math.frexp(value)
    return math.ldexp(round(m * 2**bits), e - bits)


sin, cos, tan = call("sin", sympy.sin), call("cos", sympy.cos), call("tan", sympy.tan)
exp, log, sqrt = call("exp", sympy.exp), call("log", sympy.log), call("sqrt", sympy.sqrt)
atan, tanh, sinh = call("atan", sympy.atan), call("tanh", sympy.tanh), call("sinh", sympy.sinh)
log1p = call("log1p", lambda u: sympy.log(1 + u))
expm1 = call("expm1", lambda u: sympy.exp(u) - 1)
sigmoid = call("sigmoid", lambda u: 1 / (1 + sympy.exp(-u)))
x, y = Part("x", X), Part("y", Y)


def piecewise(rng, u, point):
    """A function with a kink or a step where u is 0 (or a whole number), on the branch that the point is on."""
    at = u.at(point)
    up = at > 0
    kind = rng.randrange(7)
    if kind == 0:
        return Part(f"abs({u.text})", u.value if up else -u.value)
    if kind == 1:
        return Part(f"relu({u.text})", u.value if up else Rational(0))
    if kind == 2:
        return Part(f"max({u.text}, 0)", u.value if up else Rational(0))
    if kind == 3:
        return Part(f"min(2*({u.text}), 0)", Rational(0) if up else 2 * u.value)
    if kind == 4:
        return Part(f"step({u.text})", Rational(1 if up else 0))
    if kind == 5:
        return Part(f"sign({u.text})", Rational(1 if up else -1))
    return Part(f"floor({u.text})", sympy.floor(Rational(str(at)) if at == 0 else Rational(int(mpmath.floor(at)))))


def smooth(rng, u):
    """A smooth function whose scale is 1 in u, near 0."""
    return rng.choice([
        lambda: sin(u), lambda: cos(u), lambda: exp(u), lambda: atan(u), lambda: tanh(u), lambda: u**3 - u, lambda: u / (number(1) + u**2),
        lambda: sigmoid(u), lambda: exp(sin(u)), lambda: sqrt(number(4) + u**2), lambda: log(number(2) + cos(u)), lambda: sin(u) * exp(u),
    ])()


def log_uniform(rng, low, high):
    return 10 ** rng.uniform(low, high)


def signed(rng, value):
    return value if rng.random() < 0.5 else -value


def periodic(rng):
    a = short(log_uniform(rng, -1, 2))
    at = signed(rng, log_uniform(rng, 0, 6))
    u = number(a) * x
    return rng.choice([lambda: sin(u), lambda: cos(u) + sin(number(2) * u), lambda: exp(sin(u)), lambda: x * cos(u),
                       lambda: sin(u) / (number(2) + cos(u)), lambda: tan(u), lambda: sin(x**2 / number(1024))])(), at, None


def poles(rng):
    a = short(signed(rng, log_uniform(rng, -2, 2)))
    at = a + signed(rng, abs(a) * log_uniform(rng, -8, 0.5))
    if at == a:
        at = 2 * a
    u = x - number(a)
    f = rng.choice([lambda: number(1) / u, lambda: number(1) / u**2, lambda: sin(x) / u, lambda: log(u) if at > a else log(number(0) - u),
                    lambda: number(1) / (u * (x + number(3))), lambda: sqrt(u) if at > a else sqrt(number(0) - u),
                    lambda: number(1) / sin(u), lambda: exp(number(1) / u) if abs(1 / (at - a)) < 100 else number(1) / u])()
    return f, at, None


def kinks(rng):
    a = short(signed(rng, log_uniform(rng, -2, 2)))
    at = a + signed(rng, abs(a) * log_uniform(rng, -9, 0.5))
    if at == a:
        at = 2 * a
    f = piecewise(rng, x - number(a), {X: Rational(at)})
    kind = rng.randrange(4)
    if kind == 1:
        f = f + smooth(rng, x)
    if kind == 2:
        f = f * smooth(rng, x)
    if kind == 3:
        f = smooth(rng, f)
    return f, at, None


def steps(rng):
    k = rng.choice([1, 2, 10, 1000])
    at = signed(rng, log_uniform(rng, -2, 3))
    u = number(k) * x
    if abs(k * at - round(k * at)) < 1e-9:
        at += 0.25 / k
    f = Part(f"floor({u.text})", Rational(math.floor(Rational(at) * k)))
    if rng.random() < 0.7:
        f = f + smooth(rng, x) if abs(at) < 100 else f + sin(x)
    return f, at, None


def scales(rng):
    a = short(log_uniform(rng, -12, 12))
    c = short(log_uniform(rng, -9, 9))
    at = signed(rng, log_uniform(rng, -2, 0.7)) / a
    return number(c) * smooth(rng, number(a) * x), at, None


def powers(rng):
    at = log_uniform(rng, -9, 9)
    n = rng.choice([2, 3, 5, -1, -2])
    return rng.choice([lambda: x**n, lambda: sqrt(x), lambda: log(x), lambda: x * log(x), lambda: Part("x^(2/3)", X ** Rational(2, 3)),
                       lambda: x**2 / (number(1) + x)])(), at, None


def bumps(rng):
    a = short(signed(rng, log_uniform(rng, -1, 2)))
    w = short(abs(a) * log_uniform(rng, -6, -1))
    at = a + w * rng.uniform(-3, 3)
    u = (x - number(a)) / number(w)
    f = rng.choice([lambda: Part(f"exp(-({(u**2).text}))", sympy.exp(-(u**2).value)), lambda: number(1) / (number(1) + u**2),
                    lambda: tanh(u), lambda: sigmoid(u), lambda: u / (number(1) + u**2)])()
    if rng.random() < 0.5:
        f = f + sin(x)
    return f, at, None


def several(rng):
    at, other = signed(rng, log_uniform(rng, -2, 2)), short(log_uniform(rng, -2, 2))
    f = rng.choice([lambda: x * y, lambda: x**2 * y + sin(y), lambda: exp(number(0) - (x / y) ** 2), lambda: Part("hypot(x, y)", sympy.sqrt(X**2 + Y**2)),
                    lambda: Part("atan2(x, y)", sympy.atan(X / Y)), lambda: log(x**2 + y**2), lambda: (x - y) / (x**2 + y),
                    lambda: sin(x / y) * cos(x), lambda: sqrt(x**2 * y + number(1))])()
    return f, at, other


def zeros(rng):
    a = short(log_uniform(rng, -6, 6))
    u = number(a) * x
    f = smooth(rng, u)
    if rng.random() < 0.3:
        f = f + piecewise(rng, x - number(short(signed(rng, log_uniform(rng, -9, 0)) / a)), {X: Rational(0)})
    return f, 0.0, None


def cancelling(rng):
    at = signed(rng, log_uniform(rng, -8, 0))
    big = short(log_uniform(rng, 1, 6))
    return rng.choice([lambda: (number(1) - cos(x)) / x**2, lambda: log(number(1) + x) if at > -0.9 else log(number(2) + x), lambda: expm1(x) / x,
                       lambda: sqrt(number(1) + x**2) - number(1), lambda: (number(big) + sin(x)) - x,
                       lambda: sin(x) - x, lambda: log1p(x), lambda: sinh(x) - x])(), at, None


def composed(rng):
    at = signed(rng, log_uniform(rng, -2, 1))
    f = smooth(rng, smooth(rng, number(short(log_uniform(rng, -1, 1))) * x))
    if rng.random() < 0.5:
        f = f * smooth(rng, x)
    return f, at, None


FAMILIES = [periodic, poles, kinks, kinks, steps, scales, powers, bumps, bumps, several, zeros, cancelling, composed]


def truth(f, order, at, other):
    derivative = sympy.diff(f.value, X, order) if f.value.free_symbols else Rational(0)
    values = {X: Rational(at), Y: Rational(other) if other is not None else Rational(1)}
    value = {}
    for digits in (60, 90):
        function = sympy.lambdify([X, Y], derivative, "mpmath")
        with mpmath.workdps(digits):
            exact = [mpmath.mpf(int(v.p)) / int(v.q) for v in (values[X], values[Y])]
            value[digits] = mpmath.mpf(function(*exact))
    if abs(value[60] - value[90]) > 1e-20 * abs(value[90]) + 1e-300:
        return None
    return float(value[90])


def main():
    seed, count = (int(v) for v in (sys.argv[1:3] + ["1", "390"][len(sys.argv[1:3]):]))
    file = sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).with_name("derivatives.json")
    rng = random.Random(seed)
    rows = []
    while len(rows) < count:
        family = FAMILIES[len(rows) % len(FAMILIES)]
        order = rng.choice([1, 1, 1, 1, 2, 2, 3, 4])
        try:
            f, at, other = family(rng)
            value = truth(f, order, at, other)
        except (ValueError, ZeroDivisionError, TypeError, OverflowError):
            continue
        if value is None or not math.isfinite(value):
            continue
        point = {"x": at} if other is None else {"x": at, "y": other}
        rows.append({"kind": family.__name__, "formula": f.text, "point": point, "order": order, "value": value})
    lines = ",\n".join(json.dumps(row) for row in rows)
    pathlib.Path(file).write_text(f'{{"seed": {seed}, "rows": [\n{lines}\n]}}\n')


main()
