"""Times the operators that public code uses most here and in PyTorch, in turn, and prints a Markdown table.

    python Benchmarks/operators.py [--ours PATH] [--only NAME,NAME] [--rounds 3] [--seconds 0.3]

Each at 1 K and at 4 M elements, forward, and forward with backward. Cells are ours / PyTorch's time; the figures are the least of the
rounds, of two threads each. The last column is what of our forward pass at 4 M copying its inputs and its result once would take on this
machine: at 100 % it cannot be faster.
"""

import json
import subprocess

import torch
import torch.nn.functional as F

import measure

torch.set_num_threads(2)
SMALL, LARGE = 1024, 4194304


class Scale:
    def __init__(self, count):
        small = count == SMALL
        self.count, self.vector, self.side = count, [count], 32 if small else 2048
        self.matrix = [self.side, self.side]
        self.batch = [4, 16, 16] if small else [64, 256, 256]
        self.rows = [32, 32] if small else [4096, 1024]
        self.images = [1, 4, 16, 16] if small else [16, 16, 128, 128]
        self.small_images = [1, 4, 8, 8] if small else [16, 16, 64, 64]
        self.sequences = [1, 8, 128] if small else [32, 64, 2048]
        self.volumes = [1, 4, 4, 8, 8] if small else [4, 16, 16, 64, 64]
        self.table = [100, 32] if small else [10000, 256]


def one(call, shape="vector"):
    return lambda s: ([torch.rand(getattr(s, shape)) + 0.1], lambda x: call(x))


def against(call, other=lambda t: t):
    def prepare(s):
        target = other(torch.rand(s.vector))
        return [torch.rand(s.vector) * 0.8 + 0.1], lambda x: call(x, target)

    return prepare


def layer(call, shape, weight):
    def prepare(s):
        x = torch.randn(getattr(s, shape))
        return [x, torch.randn(weight(x.shape)) * 0.1], call

    return prepare


def classes(call):
    def prepare(s):
        target = torch.randint(0, s.rows[1], [s.rows[0]])
        return [torch.randn(s.rows)], lambda x: call(x, target)

    return prepare


def pair(call):
    return lambda s: ([torch.rand(s.count // 2), torch.rand(s.count // 2)], lambda *x: call(x))


def made(call):
    return lambda s: ([], lambda: call(s))


def of(value, call):
    def prepare(s):
        x = value(s)
        return [], lambda: call(x)

    return prepare


def where(s):
    mask = torch.rand(s.vector) > 0.5
    return [torch.rand(s.vector), torch.rand(s.vector)], lambda x, w: torch.where(mask, x, w)


def embedding(s):
    index = torch.randint(0, s.table[0], [s.count // s.table[1]])
    return [torch.randn(s.table)], lambda w: F.embedding(index, w)


operators = {
    "relu": one(torch.relu), "sigmoid": one(torch.sigmoid), "tanh": one(torch.tanh), "exp": one(torch.exp),
    "leaky_relu": one(F.leaky_relu), "log": one(torch.log), "clamp": one(lambda x: x.clamp(0.3, 0.7)), "sqrt": one(torch.sqrt),
    "abs": one(torch.abs), "pow": one(lambda x: x.pow(3)),
    "mul": lambda s: ([torch.rand(s.vector), torch.rand(s.vector)], torch.mul), "where": where, "dropout": one(F.dropout),
    "sum": one(torch.sum), "mean": one(torch.mean), "max": one(torch.max), "min": one(torch.min), "norm": one(torch.norm),
    "softmax": one(lambda x: x.softmax(-1), "rows"), "log_softmax": one(lambda x: x.log_softmax(-1), "rows"),
    "argmax": of(lambda s: torch.rand(s.rows), lambda x: x.argmax(1)), "topk": one(lambda x: x.topk(10).values, "rows"),
    "sort": one(lambda x: x.sort().values, "rows"), "nonzero": of(lambda s: (torch.rand(s.vector) > 0.5).float(), torch.nonzero),
    "linear": layer(F.linear, "matrix", lambda n: [n[1] // 8, n[1]]), "matmul": layer(torch.matmul, "matrix", lambda n: n),
    "bmm": layer(torch.bmm, "batch", lambda n: n),
    "conv1d": layer(lambda x, w: F.conv1d(x, w, padding=1), "sequences", lambda n: [n[1], n[1], 3]),
    "conv2d": layer(lambda x, w: F.conv2d(x, w, padding=1), "images", lambda n: [n[1], n[1], 3, 3]),
    "conv3d": layer(lambda x, w: F.conv3d(x, w, padding=1), "volumes", lambda n: [n[1], n[1], 3, 3, 3]),
    "conv_transpose2d": layer(lambda x, w: F.conv_transpose2d(x, w, padding=1), "images", lambda n: [n[1], n[1], 3, 3]),
    "batch_norm": layer(lambda x, w: F.batch_norm(x, None, None, w, None, True), "images", lambda n: [n[1]]),
    "layer_norm": layer(lambda x, w: F.layer_norm(x, w.shape, w), "rows", lambda n: [n[1]]),
    "group_norm": layer(lambda x, w: F.group_norm(x, 4, w), "images", lambda n: [n[1]]),
    "max_pool2d": one(lambda x: F.max_pool2d(x, 2), "images"), "avg_pool2d": one(lambda x: F.avg_pool2d(x, 2), "images"),
    "adaptive_avg_pool2d": one(lambda x: F.adaptive_avg_pool2d(x, 4), "images"),
    "interpolate": one(lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), "small_images"), "embedding": embedding,
    "cross_entropy": classes(F.cross_entropy), "nll_loss": classes(F.nll_loss), "mse_loss": against(F.mse_loss),
    "l1_loss": against(F.l1_loss), "binary_cross_entropy": against(F.binary_cross_entropy, torch.round),
    "binary_cross_entropy_with_logits": against(F.binary_cross_entropy_with_logits, torch.round),
    "cat": pair(torch.cat), "stack": pair(torch.stack), "pad": one(lambda x: F.pad(x, [1, 1, 1, 1]), "images"),
    "unsqueeze": one(lambda x: x.unsqueeze(0)), "squeeze": one(lambda x: x.unsqueeze(0).squeeze()),
    "zeros": made(lambda s: torch.zeros(s.vector)), "ones": made(lambda s: torch.ones(s.vector)),
    "full": made(lambda s: torch.full(s.vector, 1.5)), "rand": made(lambda s: torch.rand(s.vector)),
    "randn": made(lambda s: torch.randn(s.vector)), "arange": made(lambda s: torch.arange(s.count)),
    "eye": made(lambda s: torch.eye(s.side)), "randperm": made(lambda s: torch.randperm(s.count)),
    "randint": made(lambda s: torch.randint(0, 100, s.vector)), "zeros_like": of(lambda s: torch.rand(s.vector), torch.zeros_like),
}


def torch_times(name, seconds):
    times = {}
    for count in (SMALL, LARGE):
        inputs, call = operators[name](Scale(count))
        with torch.no_grad():
            times[count, "forward"] = measure.least(lambda: call(*inputs), seconds, lambda result: None)
            seed = torch.ones_like(call(*inputs))
        if inputs:
            leaves = [x.requires_grad_() for x in inputs]

            def step():
                call(*leaves).backward(seed)
                for leaf in leaves:
                    leaf.grad = None

            times[count, "both"] = measure.least(step, seconds, lambda result: None)
    return times


def our_times(name, options):
    command = [options.ours, "bench", "--operators", "--json", "--only", name, "--seconds", str(options.seconds)]
    lines = [json.loads(l) for l in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]
    times = {(l["elements"], key): l[key] for l in lines[1:] for key in ("forward", "both") if l[key]}
    return times, lines[0]["bytes_per_second"], lines[2]["bytes"]


def text(seconds):
    return f"{seconds * 1e6:.3g}" if seconds < 1e-3 else f"{seconds * 1e3:.3g} m" if seconds < 1 else f"{seconds:.2f} s"


def main():
    options = measure.comparison(seconds=0.3)
    columns = [(SMALL, "forward"), (SMALL, "both"), (LARGE, "forward"), (LARGE, "both")]
    heads = ["operator", "1 K forward (us)", "ratio", "1 K both", "ratio", "4 M forward", "ratio", "4 M both", "ratio", "copying"]
    print("| " + " | ".join(heads) + " |\n|---|" + "---:|" * (len(heads) - 1))
    slower, bandwidth = [], 0
    for name in options.only.split(",") if options.only else operators:
        ours, theirs = {}, {}
        for _ in range(options.rounds):
            found, copies, moved = our_times(name, options)
            bandwidth = max(bandwidth, copies)
            for best, new in ((ours, found), (theirs, torch_times(name, options.seconds))):
                for key, seconds in new.items():
                    best[key] = min(seconds, best.get(key, seconds))
        cells, share = [name], moved / bandwidth / ours[LARGE, "forward"]
        for key in columns:
            if key in ours and key in theirs:
                ratio = ours[key] / theirs[key]
                cells += [f"{text(ours[key])} / {text(theirs[key])}", f"{ratio:.2f}"]
                # As fast as memory is fast enough.
                if ratio > 1 and not (key == (LARGE, "forward") and share > 1 / 1.15):
                    slower.append(f"{name} {'1 K' if key[0] == SMALL else '4 M'} {key[1]} {ratio:.2f}")
            else:
                cells += ["", ""]
        print("| " + " | ".join(cells + [f"{share:.0%}"]) + " |", flush=True)
    print(f"\nCopies: {bandwidth / 1e9:.1f} GB/s. Slower than PyTorch: {', '.join(slower) or 'none'}.")


main()
