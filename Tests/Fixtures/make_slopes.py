#!/usr/bin/env python3
"""Derivatives where a rule may cancel, overflow or vanish, to 60 digits by mpmath: writes slopes.txt, FUNCTION|X|SLOPE.

    python3 make_slopes.py        (with mpmath)

Each X is a float32 number, so that both types can be asked.
"""
import os
from mpmath import mp, mpf, pi, exp, sin, cos, sqrt

mp.dps = 60
sigmoid = lambda x: 1 / (1 + exp(-x))
near = [mpf(2) ** -k for k in (3, 6, 10, 13, 20, 23)]
SLOPES = {
    "expm1": (exp, [mpf(x) for x in (-80, -40, -17, -5, -0.5, 0, 2.0**-20, 1, 20)]),
    "sinc": (
        lambda x: mpf(0) if x == 0 else (cos(pi * x) - sin(pi * x) / (pi * x)) / x,
        [mpf(0)] + [s * x for x in (mpf(2) ** -30, mpf(2) ** -13, mpf(2) ** -6, mpf(2) ** -3, mpf("0.25"), mpf("0.3125"), mpf("0.375"), mpf(2) + mpf("0.25")) for s in (1, -1)],
    ),
    "asin": (lambda x: 1 / sqrt((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0)]),
    "acos": (lambda x: -1 / sqrt((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0)]),
    "atanh": (lambda x: 1 / ((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0)]),
    "acosh": (lambda x: 1 / sqrt((x - 1) * (x + 1)), [1 + e for e in near] + [mpf(3), mpf(2) ** 40]),
    "log1p": (lambda x: 1 / (1 + x), [e - 1 for e in near] + [mpf(2) ** -30, mpf(5)]),
    "logSigmoid": (lambda x: sigmoid(-x), [mpf(x) for x in (-40, -17, 0, 17, 40, 80)]),
    "softplus": (sigmoid, [mpf(x) for x in (-80, -40, -17, 0, 15, 40)]),
    "atan": (lambda x: 1 / (1 + x * x), [mpf(x) for x in (0, 2.0**-20, 1, 2.0**30)]),
    "erfc": (lambda x: -2 / sqrt(pi) * exp(-x * x), [mpf(x) for x in (-3, 0, 0.5, 3, 8)]),
}

lines = []
for name, (slope, points) in SLOPES.items():
    for x in points:
        lines.append(f"{name}|{float(x)!r}|{mp.nstr(slope(x), 20)}")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "slopes.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
