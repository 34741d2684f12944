#!/usr/bin/env python3
"""Ask PyTorch what becomes of numbers that meet tensors of each type, and write conversions.txt: OPERATION|DTYPE|RESULT|VALUES.

    python3 make_conversions.py        (with torch 2.13)

RESULT is the type and the elements, or "! " and PyTorch's sentence; VALUES are those that give it. An integer has no point.
"""
import math, os, warnings
import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
nan, inf = math.nan, math.inf
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
VALUES = [
    0, 1, -1, 2, 255, -255, 256, -256, 300, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**40, 2**63 - 1, -2**63,
    0.0, -0.0, 0.5, -0.5, 2.5, 255.0, 255.5, -1.0, 300.0, 2.0**31 - 1, 2.0**31 - 0.5, 2.0**31, -2.0**31, -2.0**31 - 0.5,
    2.0**62, 2.0**63, -2.0**63, 2.0**64, 1e30, 3.4028234663852886e38, 3.4028235e38, 1e300, nan, inf, -inf,
]


def ones(d, n=1):
    return torch.ones(n, dtype=d)


def written(x, where, v):
    x[where] = v
    return x


YES, NO = torch.tensor([True]), torch.tensor([False])
OPERATIONS = {
    "tensor": lambda v, d: torch.tensor([v], dtype=d),
    "full": lambda v, d: torch.full([1], v, dtype=d),
    "fullLike": lambda v, d: torch.full_like(ones(d), v),
    "write": lambda v, d: written(ones(d, 2), 0, v),
    "writeMask": lambda v, d: written(ones(d, 2), torch.tensor([True, False]), v),
    "maskedFill": lambda v, d: ones(d).masked_fill(YES, v),
    "maskedFillTensor": lambda v, d: ones(d).masked_fill(YES, torch.tensor(v, dtype=torch.float64 if isinstance(v, float) else torch.int64)),
    "add": lambda v, d: ones(d) + v,
    "sub": lambda v, d: ones(d) - v,
    "rsub": lambda v, d: v - ones(d),
    "mul": lambda v, d: ones(d) * v,
    "div": lambda v, d: ones(d) / v,
    "rdiv": lambda v, d: v / ones(d),
    "pow": lambda v, d: ones(d) ** v,
    "rpow": lambda v, d: torch.pow(v, ones(d)),
    "remainder": lambda v, d: torch.remainder(ones(d), v),
    "fmod": lambda v, d: torch.fmod(ones(d), v),
    "floorDivide": lambda v, d: ones(d) // v,
    "eq": lambda v, d: ones(d) == v,
    "ne": lambda v, d: ones(d) != v,
    "lt": lambda v, d: ones(d) < v,
    "ge": lambda v, d: ones(d) >= v,
    "clampMin": lambda v, d: ones(d).clamp(min=v),
    "clampMax": lambda v, d: ones(d).clamp(max=v),
    "clampTo": lambda v, d: ones(d).clamp(min=0, max=v),
    "clampFrom": lambda v, d: ones(d).clamp(min=v, max=1),
    "whereFirst": lambda v, d: torch.where(YES, v, ones(d)),
    "whereSecond": lambda v, d: torch.where(NO, ones(d), v),
    "scatter": lambda v, d: ones(d).scatter(0, torch.tensor([0]), v),
    "pad": lambda v, d: F.pad(ones(d), [0, 1], value=v),
    "xlogy": lambda v, d: torch.xlogy(ones(d), v),
    "addmm": lambda v, d: torch.addmm(ones(d).reshape(1, 1), ones(d).reshape(1, 1), ones(d).reshape(1, 1), beta=v),
    "hardtanh": lambda v, d: F.hardtanh(ones(d), v, 4),
    "arange": lambda v, d: torch.arange(v, v + 2, dtype=d),
    "linspace": lambda v, d: torch.linspace(v, v, 2, dtype=d),
    "linspaceFrom": lambda v, d: torch.linspace(0, v, 3, dtype=d),
}


def text(x):
    return repr(x) if isinstance(x, float) else str(int(x))


def answer(operation, v, d):
    try:
        y = OPERATIONS[operation](v, getattr(torch, d))
    except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
        return "! " + str(error).split("\n")[0]
    return str(y.dtype).removeprefix("torch.") + " " + " ".join(text(e) for e in y.flatten().tolist())


def main():
    lines = []
    for operation in OPERATIONS:
        for d in DTYPES:
            answers = {}
            for v in VALUES:
                answers.setdefault(answer(operation, v, d), []).append(v)
            lines += [f"{operation}|{d}|{a}|{' '.join(repr(v) for v in vs)}" for a, vs in answers.items()]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conversions.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")


main()
