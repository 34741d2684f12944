"""Writes TorchRandomTable.swift: what PyTorch's CPU generator makes of a few seeds. Run with PyTorch 2.13 on x86-64."""
import numpy as np
import torch

f32, f64 = torch.float32, torch.float64
calls = {
    "uniform32": lambda n: torch.rand(n),
    "uniform64": lambda n: torch.rand(n, dtype=f64),
    "uniform32(-0.3,0.7)": lambda n: torch.empty(n).uniform_(-0.3, 0.7),
    "uniform64(-0.3,0.7)": lambda n: torch.empty(n, dtype=f64).uniform_(-0.3, 0.7),
    "normal32": lambda n: torch.randn(n),
    "normal64": lambda n: torch.randn(n, dtype=f64),
    "normal64(0.3,0.02)": lambda n: torch.empty(n, dtype=f64).normal_(0.3, 0.02),
    "exponential32": lambda n: torch.empty(n).exponential_(1.5),
    "exponential64": lambda n: torch.empty(n, dtype=f64).exponential_(1.5),
    "integers(0,10)": lambda n: torch.randint(0, 10, (n,)),
    "integers(-5,2^28-6)": lambda n: torch.randint(-5, 2**28 - 6, (n,)),
    "integers(-5,2^28-5)": lambda n: torch.randint(-5, 2**28 - 5, (n,)),
    "integers(0,2^40)": lambda n: torch.randint(0, 2**40, (n,)),
    "bits": lambda n: torch.empty(n, dtype=torch.int64).random_(),
    "permutation": lambda n: torch.randperm(n),
    "bernoulli(0.3)": lambda n: torch.empty(n).bernoulli_(0.3),
    "bernoulli32(ramp)": lambda n: torch.bernoulli(torch.arange(n, dtype=f32) / n),
    "bernoulli64(ramp)": lambda n: torch.bernoulli(torch.arange(n, dtype=f64) / n),
}


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def sequence(seed):
    """The second number of a pair of normals outlives other draws, and blocks leave it alone."""
    torch.manual_seed(seed)
    parts = [torch.randn(5), torch.rand(2), torch.randn(16)[:0], torch.randn(2), torch.randn(1, dtype=f64)]
    return [float(x) for part in parts for x in part]


lines = [
    "// Written by make_torch_random.py from torch " + torch.__version__.split("+")[0] + ": do not edit.",
    "struct TorchRandom {",
    "  let call: String",
    "  let seed: Int64",
    "  let count: Int",
    "  let hash: UInt64  // FNV-1a of the bytes",
    "  let values: [Double]  // the first ones, of calls that use the C library's functions",
    "",
    "  static let table: [TorchRandom] = [",
]
for name, call in calls.items():
    for seed, n in [(0, 5), (42, 15), (0, 16), (-3, 37), (2**40 + 5, 1000)]:
        torch.manual_seed(seed)
        values = call(n).numpy()
        listed = [] if not name.startswith(("normal", "exponential")) else values[:37].astype(np.float64).tolist()
        lines.append(f'    TorchRandom(\n      call: "{name}", seed: {seed}, count: {n}, hash: {fnv(values.tobytes())},')
        rows = ["        " + ", ".join(map(repr, listed[i:i + 5])) + "," for i in range(0, len(listed), 5)]
        lines += ["      values: [", *rows, "      ]),"] if rows else ["      values: []),"]
lines += ["  ]", "", "  // Seed 7: five float32 normals, two uniforms, a block of 16 normals (not listed), two normals, one float64 normal."]
rows = sequence(7)
lines += ["  static let sequence: [Double] = [", "    " + ", ".join(map(repr, rows[:5])) + ",", "    " + ", ".join(map(repr, rows[5:])) + ",", "  ]", "}"]
with open("TorchRandomTable.swift", "w") as file:
    file.write("\n".join(lines) + "\n")
