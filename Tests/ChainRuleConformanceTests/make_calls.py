#!/usr/bin/env python3
"""Write calls with unusual arguments and what PyTorch says to them, in the form of the conformance cases.

    python3 make_calls.py GENERATOR --names required.txt --seed 7 --count 20000 --out DIR

GENERATOR is the script that writes the cases. Each call is one of an operator's own samples with a tensor changed: no elements, no
dimensions, gaps between the elements, turned or repeated dimensions, another type, or special numbers (NaN, infinities, -0, the smallest and
the largest of the type). A sample that PyTorch refuses has "refused": true, PyTorch's message, and no outputs. Run CONFORMANCE_CASES=DIR
CONFORMANCE_LIST=FILE swift test --filter ConformanceTests to compare; FILE gets a line for each call that differs.
"""
import argparse, json, os, random, runpy, sys, warnings
import torch
from safetensors.torch import save_file
from torch.testing._internal.common_methods_invocations import op_db

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("generator")
parser.add_argument("--names", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--count", type=int, default=20000)
parser.add_argument("--out", required=True)
given = parser.parse_args()
sys.argv = [given.generator]
tools = runpy.run_path(given.generator, run_name="tools")
Store, encode, flat, Skip = (tools[k] for k in ("Store", "encode", "flat", "Skip"))
TYPES = [torch.float64, torch.float32, torch.int64, torch.int32, torch.uint8, torch.bool]
SPECIAL = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 1.0, -1.0, 5e-324, 1e-40, 1e300, -1e300, 0.5, 2.5, -3.5]


def changed(t, rng):
    """One tensor in another form."""
    kind = rng.choice(["empty", "scalar", "gaps", "turned", "expanded", "type", "special", "special", "extreme"])
    if kind == "empty" and t.dim() > 0:
        sizes = list(t.shape)
        sizes[rng.randrange(len(sizes))] = 0
        return torch.zeros(sizes, dtype=t.dtype)
    if kind == "scalar" and t.numel() > 0:
        return t.reshape(-1)[0].clone()
    if kind == "gaps" and t.dim() > 0:
        return torch.stack([t, t], -1).select(-1, 0)
    if kind == "turned" and t.dim() > 1:
        return t.transpose(0, -1).contiguous().transpose(0, -1)
    if kind == "expanded" and t.dim() > 0 and t.shape[0] > 0:
        return t[:1].expand(t.shape)
    if kind == "type":
        return t.nan_to_num().clamp(-100, 100).to(rng.choice(TYPES)) if t.dtype != torch.bool else t.to(rng.choice(TYPES))
    if kind == "special" and t.is_floating_point():
        values = torch.tensor([rng.choice(SPECIAL) for _ in range(t.numel())], dtype=torch.float64)
        return values.to(t.dtype).reshape(t.shape)
    if kind == "extreme" and t.dtype in (torch.int64, torch.int32, torch.uint8):
        ends = torch.iinfo(t.dtype)
        values = [rng.choice([ends.min, ends.max, 0, 1, ends.max - 1]) for _ in range(t.numel())]
        return torch.tensor(values, dtype=t.dtype).reshape(t.shape)
    return t


def places(value, path=()):
    if isinstance(value, torch.Tensor):
        yield path
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from places(v, path + (k,))
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from places(v, path + (i,))


def replaced(value, path, f):
    if not path:
        return f(value)
    if isinstance(value, dict):
        return {k: replaced(v, path[1:], f) if k == path[0] else v for k, v in value.items()}
    return type(value)(replaced(v, path[1:], f) if i == path[0] else v for i, v in enumerate(value))


def case(op, args, kwargs, post, store):
    one = {"args": [encode(a, store, []) for a in args], "kwargs": {k: encode(v, store, []) for k, v in kwargs.items()}, "outputs": []}
    try:
        outs = flat(post(op(*args, **kwargs)))
        again = flat(post(op(*args, **kwargs)))
    except Skip:
        raise
    except Exception as error:
        one["refused"], one["message"] = True, str(error).split("\n")[0]
        return one
    for a, b in zip(outs, again):
        if isinstance(a, torch.Tensor) and not torch.equal(a.nan_to_num(), b.nan_to_num()):
            raise Skip("random")
    for o in outs:
        one["outputs"].append({"tensor": store.put(o)} if isinstance(o, torch.Tensor) else encode(o, store, []))
    return one


def write(name, op, rng, share):
    """Writes `share` calls of one operator."""
    torch.manual_seed(given.seed)
    samples, store, inputs = [], Store(), []
    for dtype in TYPES:
        if dtype in op.supported_dtypes("cpu"):
            try:
                inputs += list(op.sample_inputs("cpu", dtype, requires_grad=False))[:40]
            except Exception:
                pass
    for _ in range(share * 3):
        if len(samples) == share or not inputs:
            break
        s = rng.choice(inputs)
        # A tensor of ours has no memory format.
        value = {"args": [s.input, *s.args], "kwargs": {k: v for k, v in s.kwargs.items() if k != "memory_format"}}
        tensors = list(places(value))
        for path in rng.sample(tensors, min(len(tensors), rng.choice([1, 1, 2]))):
            value = replaced(value, path, lambda t: changed(t, rng))
        if any(t.numel() > 400 for t in tools["flat_tensors"](value)):
            continue
        try:
            samples.append(case(op, value["args"], value["kwargs"], s.output_process_fn_grad, store))
        except Exception:
            continue
    if samples:
        file = os.path.join(given.out, name)
        json.dump({"op": op.name, "variant": op.variant_test_name, "dtype": "any", "samples": samples}, open(file + ".json", "w"))
        save_file(store.tensors or {"empty": torch.zeros(0)}, file + ".safetensors", metadata=store.meta or None)
    return len(samples)


def main():
    os.makedirs(given.out, exist_ok=True)
    # A process of its own for each operator: some calls end PyTorch itself, as the smallest integer divided by -1 does.
    torch.set_num_threads(1)
    names = {l for l in open(given.names).read().split("\n") if l and not l.startswith("#")}
    ops = {op.name + (f".{op.variant_test_name}" if op.variant_test_name else ""): op for op in op_db}
    ops = {n: o for n, o in sorted(ops.items()) if n in names}
    total, share = 0, given.count // len(ops) + 1
    for name, op in ops.items():
        for attempt in range(8):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                count = write(name, op, random.Random(f"{given.seed} {name} {attempt}"), share)
                os.write(writer, str(count).encode())
                os._exit(0)
            os.close(writer)
            count = os.read(reader, 20)
            os.close(reader)
            os.waitpid(child, 0)
            if count:
                total += int(count)
                break
    print(total, "calls written to", given.out)


main()
