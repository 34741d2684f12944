#!/usr/bin/env python3
"""Derivatives where a rule may cancel, overflow or vanish, to 60 digits by mpmath: writes slopes.txt, FUNCTION|X|SLOPE|SLOPE OF THE SLOPE.

    python3 make_slopes.py        (with mpmath)

Each X is a float32 number, so that both types can be asked.
"""
import os
from mpmath import erfc, mp, mpf, pi, exp, sin, cos, sqrt

mp.dps = 60
sigmoid = lambda x: 1 / (1 + exp(-x))
density = lambda x: exp(-x * x / 2) / sqrt(2 * pi)
bend = lambda x: 2 * sqrt(2 / pi) * (x + mpf(0.044715) * x**3)
bend_slope = lambda x: 2 * sqrt(2 / pi) * (1 + 3 * mpf(0.044715) * x * x)
tails = [s * mpf(x) for x in (1, 3, 5, 8, 12, 20, 40, 80) for s in (1, -1)]
near = [mpf(2) ** -k for k in (3, 6, 10, 13, 20, 23)]
SLOPES = {
    "expm1": (exp, [mpf(x) for x in (-80, -40, -17, -5, -0.5, 0, 2.0**-20, 1, 20)]),
    "sinc": (
        lambda x: mpf(0) if x == 0 else (cos(pi * x) - sin(pi * x) / (pi * x)) / x,
        [mpf(0)] + [s * x for x in (mpf(2) ** -30, mpf(2) ** -13, mpf(2) ** -6, mpf(2) ** -3, mpf("0.25"), mpf("0.3125"), mpf("0.375"), mpf(2) + mpf("0.25")) for s in (1, -1)],
    ),
    "asin": (lambda x: 1 / sqrt((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0), mpf(2) ** -10, mpf(2) ** -40]),
    "acos": (lambda x: -1 / sqrt((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0), mpf(2) ** -10, mpf(2) ** -40]),
    "atanh": (lambda x: 1 / ((1 - x) * (1 + x)), [s * (1 - e) for e in near for s in (1, -1)] + [mpf(0), mpf(2) ** -10, mpf(2) ** -40]),
    "acosh": (lambda x: 1 / sqrt((x - 1) * (x + 1)), [1 + e for e in near] + [mpf(3), mpf(2) ** 40, mpf(2) ** 70]),
    "asinh": (lambda x: 1 / sqrt(1 + x * x), [s * mpf(2) ** k for k in (-20, 0, 29, 31, 62, 64, 100) for s in (1, -1)]),
    "log1p": (lambda x: 1 / (1 + x), [e - 1 for e in near] + [mpf(2) ** -30, mpf(5)]),
    "logSigmoid": (lambda x: sigmoid(-x), [mpf(x) for x in (-40, -17, 0, 17, 40, 80)]),
    "softplus": (sigmoid, [mpf(x) for x in (-80, -40, -17, 0, 15, 19)]),
    "atan": (lambda x: 1 / (1 + x * x), [mpf(x) for x in (0, 2.0**-20, 1, 2.0**29, 2.0**31, -2.0**70, 2.0**127)]),
    "gelu": (lambda x: erfc(-x / sqrt(2)) / 2 + x * density(x), tails),
    "geluTanh": (lambda x: sigmoid(bend(x)) * (1 + x * sigmoid(-bend(x)) * bend_slope(x)), tails),
    "silu": (lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), tails),
    "erfc": (lambda x: -2 / sqrt(pi) * exp(-x * x), [mpf(x) for x in (-3, 0, 0.5, 3, 8)]),
}



def bent(slope, x):
    """The derivative of the slope, by differences of 600 digits; at 0, where the closed forms may have none, from both sides."""
    with mp.workdps(600):
        h = mpf(10) ** -150 * (abs(x) or 1)
        return (slope(x + h) - slope(x - h)) / (2 * h)


lines = []
for name, (slope, points) in SLOPES.items():
    for x in points:
        lines.append(f"{name}|{float(x)!r}|{mp.nstr(slope(x), 20)}|{mp.nstr(bent(slope, x), 20)}")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "slopes.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
