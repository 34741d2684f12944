"""Runs the workloads here, in PyTorch and in JAX, in turn so that a noisy machine is equally unkind to all, and prints a Markdown table.

    python Benchmarks/compare.py [--ours PATH] [--only NAME,NAME] [--rounds 3] [--seconds 0.5]

Needs torch, jax and optax in the Python that runs it. Every figure is the best of the rounds: seconds a step, and the most memory the
process had resident while it measured. The last columns are ours over the better peer's time, and over PyTorch's memory.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import measure

here = os.path.dirname(os.path.abspath(__file__))
first_gradient = {
    "torch": "import torch; x = torch.ones(3, requires_grad=True); (x * x).sum().backward()",
    "jax": "import jax; jax.block_until_ready(jax.grad(lambda x: (x * x).sum())(jax.numpy.ones(3)))",
}
start = "startup_first_gradient"


def command(who, name, options):
    if name == start:
        return [options.ours, "bench", "--first-gradient"] if who == "ours" else [sys.executable, "-c", first_gradient[who]]
    program = [options.ours, "bench", "--json"] if who == "ours" else [sys.executable, f"{here}/{who}_workloads.py"]
    return program + ["--only", name, "--seconds", str(options.seconds)]


def run(who, name, options):
    """Seconds and resident bytes, or None where the peer has no such workload."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command(who, name, options), stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            return None
        if name != start:
            output.seek(0)
            lines = [json.loads(line) for line in output if line.startswith("{")]
            if not lines:
                return None
            seconds = lines[0]["seconds"]
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def time_text(seconds):
    for unit, scale in (("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.2f} s"


def row(name, found):
    """The table's cells: three times, the ratio, two memories, their ratio."""
    times = [found[who][0] if found[who] else None for who in found]
    memory = [found[who][1] if found[who] else None for who in ("ours", "torch")]
    peers = [t for t in times[1:] if t]
    cells = [name] + [time_text(t) if t else "" for t in times]
    cells.append(f"{times[0] / min(peers):.3f}" if times[0] and peers else "")
    cells += [f"{m / 2**20:.0f} MiB" if m else "" for m in memory]
    cells.append(f"{memory[0] / memory[1]:.2f}" if all(memory) else "")
    return cells


def main():
    options = measure.comparison(seconds=0.5)
    if options.only:
        names = options.only.split(",")
    else:
        # Asked of another process: a child's peak begins with this one's size, which must stay small.
        listed = subprocess.run([sys.executable, f"{here}/torch_workloads.py", "--list"], capture_output=True, text=True, check=True)
        names = [start, *listed.stdout.split()]
    head = ["workload", "ours", "PyTorch", "JAX", "ours / best", "memory", "PyTorch's", "ratio"]
    print("| " + " | ".join(head) + " |\n|---|" + "---:|" * (len(head) - 1))
    for name in names:
        found = {"ours": None, "torch": None, "jax": None}
        for _ in range(options.rounds):
            for who in found:
                got = run(who, name, options)
                if got:
                    found[who] = got if not found[who] else tuple(map(min, got, found[who]))
        print("| " + " | ".join(row(name, found)) + " |", flush=True)


main()
