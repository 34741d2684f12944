#!/usr/bin/env python3
"""Ask PyTorch which samples of Fixture/float64 it refuses for integers, and write Fixture/refusals.json: {NAME: [REFUSED, ...]}.

    python3 make_refusals.py        (with torch, numpy, safetensors and expecttest, after make_fixture.py)

In place of real numbers every tensor has int64 elements 1 + 7 k mod 5, as RefusalTests gives them to our calls.
Null stands for samples with an empty tensor, for which PyTorch takes paths that refuse other things, and for operators its table lacks.
"""
import json, os, warnings
import torch
from safetensors.torch import load_file
from torch.testing._internal.common_methods_invocations import op_db

warnings.filterwarnings("ignore")
FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixture")


def decode(arg, tensors, name):
    if isinstance(arg, dict):
        (kind, value), = arg.items()
        if kind == "tensor":
            t = tensors[f"{name}/{value}"]
            if not t.dtype.is_floating_point:
                return t
            return (1 + torch.arange(t.numel()) * 7 % 5).reshape(t.shape)
        if kind in ("list", "tuple"):
            return (list if kind == "list" else tuple)(decode(a, tensors, name) for a in value)
        if kind in ("dtype", "memory_format"):
            return getattr(torch, value)
        return {"float": float, "slice": lambda s: slice(*s), "ellipsis": lambda _: Ellipsis}[kind](value)
    return arg


def tensor_keys(arg):
    if isinstance(arg, dict):
        return [arg["tensor"]] if "tensor" in arg else [k for a in arg.values() for k in tensor_keys(a)]
    return [k for a in arg for k in tensor_keys(a)] if isinstance(arg, list) else []


def main():
    cases = json.load(open(os.path.join(FIXTURE, "float64.json")))
    tensors = load_file(os.path.join(FIXTURE, "float64.safetensors"))
    ops = {op.name + (f".{op.variant_test_name}" if op.variant_test_name else ""): op for op in op_db}
    refusals = {}
    for name, case in cases.items():
        refusals[name] = []
        for sample in case["samples"]:
            if name not in ops or any(0 in tensors[f"{name}/{k}"].shape for k in tensor_keys(sample["args"])):
                refusals[name].append(None)
                continue
            args = [decode(a, tensors, name) for a in sample["args"]]
            kwargs = {k: decode(a, tensors, name) for k, a in sample["kwargs"].items()}
            try:
                ops[name](*args, **kwargs)
                refusals[name].append(False)
            except (RuntimeError, TypeError, ValueError, NotImplementedError):
                refusals[name].append(True)
    with open(os.path.join(FIXTURE, "refusals.json"), "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(r)}" for n, r in refusals.items()) + "\n}\n")
    print(sum(any(r) for r in refusals.values()), "of", len(refusals), "operators refuse integers")


main()
