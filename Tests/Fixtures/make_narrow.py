#!/usr/bin/env python3
"""Ask PyTorch about int8, int16, float16 and bfloat16, and write narrow.txt.

    python3 make_narrow.py        (with torch 2.13)

Lines, with | between their parts:
  to FROM TO|NUMBERS|RESULT         numbers of one type in another; an integer has no point
  with A B|TYPE                     the type of a sum of two vectors, of a vector and a 0-dimensional tensor, and of a matrix of either kind
  with A number|TYPE                the type of a sum of a vector and 2, and 2.5
  print TYPE SHAPE|NUMBERS|TEXT     what is printed, line ends as \\n
"""
import math, os, random
import torch

TYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
NARROW = {"int8", "int16", "float16", "bfloat16"}
nan, inf = math.nan, math.inf
INTEGERS = [0, 1, -1, 2, 100, 127, 128, -128, -129, 255, 256, 257, -255, 300, 32767, 32768, -32768, -32769, 65504, 65519, 65520, 70000, 2**31 - 1, -2**31]
REALS = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 1e-8, 6e-8, 5.960464477539063e-08, 2.98e-8, 6.1e-5, 1 / 3, 0.1, 255.5, 257.0, 259.0, 2049.0, 2051.0, 65504.0, 65519.0, 65520.0, -65520.0, 1e5, 3.38e38, 3.4e38, 1e39, -1e39, 1e-38, 1e-40, 9.2e-41, 4.5e-41, nan, inf, -inf]


def dtype(name):
    return getattr(torch, name)


def numbers(values):
    return " ".join(repr(int(v)) if isinstance(v, bool) else repr(v) for v in values)


def source(name):
    values = REALS if dtype(name).is_floating_point else INTEGERS
    if name == "bool":
        return torch.tensor([False, True])
    if dtype(name).is_floating_point:
        return torch.tensor(values, dtype=torch.float64).to(dtype(name))
    ends = torch.iinfo(dtype(name))
    return torch.tensor([v for v in values if ends.min <= v <= ends.max], dtype=dtype(name))


def main():
    lines = []
    for a in TYPES:
        x = source(a)
        for b in TYPES:
            if a == b or not {a, b} & NARROW:
                continue
            y = x
            if dtype(a).is_floating_point and not dtype(b).is_floating_point:
                # What does not fit a whole number is not defined by the language.
                ends = (0, 1) if b == "bool" else (torch.iinfo(dtype(b)).min, torch.iinfo(dtype(b)).max)
                y = x[(x.double() >= ends[0]) & (x.double() <= ends[1])]
            lines.append(f"to {a} {b}|{numbers(y.tolist())}|{numbers(y.to(dtype(b)).tolist())}")
    for a in TYPES:
        for b in TYPES:
            if {a, b} & NARROW:
                x, w = torch.ones(2).to(dtype(a)), torch.ones(2).to(dtype(b))
                types = [(x + w).dtype, (x + w[0]).dtype, (x[0] + w).dtype, (x[0] + w[0]).dtype]
                lines.append(f"with {a} {b}|{' '.join(str(t)[6:] for t in types)}")
        if a in NARROW:
            x = torch.ones(2).to(dtype(a))
            lines.append(f"with {a} number|{str((x + 2).dtype)[6:]} {str((x + 2.5).dtype)[6:]}")
    rng = random.Random(19)
    for name in ["int8", "int16", "float16", "bfloat16"]:
        for shape in [[], [1], [5], [3, 4], [2, 2, 2], [40], [0], [2, 0]]:
            for kind in range(5 if dtype(name).is_floating_point else 2):
                count = math.prod(shape)
                if dtype(name).is_floating_point:
                    draw = [lambda: rng.gauss(0, 1), lambda: float(rng.randint(-9, 9)), lambda: 10 ** rng.uniform(-7, 4.8),
                            lambda: rng.choice([nan, inf, -inf, 1.0, -2.5]), lambda: rng.choice([nan, inf, 3.0])][kind]
                else:
                    ends = torch.iinfo(dtype(name))
                    draw = [lambda: rng.randint(-9, 9), lambda: rng.randint(ends.min, ends.max)][kind]
                x = torch.tensor([draw() for _ in range(count)], dtype=torch.float64).to(dtype(name)).reshape(shape)
                text = repr(x).replace("\n", "\\n")
                lines.append(f"print {name} {'x'.join(map(str, shape)) or '-'}|{numbers(x.flatten().tolist())}|{text}")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "narrow.txt"), "w") as f:
        f.write("\n".join(dict.fromkeys(lines)) + "\n")


main()
