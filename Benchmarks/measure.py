"""What the peers' scripts share: the command line, and how a step is timed."""

import argparse
import json
import os
import time


def run(workloads, settle=lambda result: None):
    """Times the workloads asked for, by name; each is a function that prepares and returns one step.

    The figure is the least mean of runs of at least 50 ms. `settle` waits for a step's result where steps return before they end.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="a workload's name")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each is measured")
    parser.add_argument("--list", action="store_true", help="only print the names")
    options = parser.parse_args()
    for name, prepare in workloads.items():
        if options.list:
            print(name)
        elif options.only in (None, name):
            print(json.dumps({"name": name, "seconds": least(prepare(), options.seconds, settle)}), flush=True)


def comparison(seconds):
    """The command line of the scripts that run ours beside others; `seconds` is how long each thing is measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.build/release/backprop"))
    parser.add_argument("--only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=seconds)
    return parser.parse_args()


def least(step, seconds, settle):
    def timed(count):
        start = time.perf_counter()
        for _ in range(count):
            result = step()
        settle(result)
        return (time.perf_counter() - start) / count

    timed(3)
    count = max(1, int(0.05 / max(timed(1), 1e-7)))
    end = time.perf_counter() + seconds
    times = [timed(count)]
    while time.perf_counter() < end:
        times.append(timed(count))
    return min(times)
