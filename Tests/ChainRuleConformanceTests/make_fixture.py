#!/usr/bin/env python3
"""Pack small samples of each operator into Fixture/.

    python3 make_fixture.py NAMES CASES...

NAMES is a file with one operator a line, each CASES a directory of NAME.json and NAME.safetensors as the generator writes them, one for
each dtype. Fixture/DTYPE.json maps each name to {"samples": [...]}; Fixture/DTYPE.safetensors holds the tensors as NAME/KEY. Of float64
the smallest sample that is not empty and has a second dimension is taken, and the largest small one; of other types one, where there is
a small one; the rest of a large set is for CONFORMANCE_CASES. Operators that a directory lacks keep what the fixture has of them.
"""
import json, os, struct, sys

# The fixture stays small enough to commit: bytes of a first sample, where it can be had, and of a second one, or one of other types.
LARGEST, SMALL = 4000, 800


def read(path):
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(size))
        return header, f.read()


def keys(value):
    if isinstance(value, dict):
        if set(value) == {"tensor"}:
            yield value["tensor"]
            return
        for v in value.values():
            yield from keys(v)
    elif isinstance(value, list):
        for v in value:
            yield from keys(v)


def sample_keys(sample):
    found = list(keys([sample["args"], sample["kwargs"], sample["outputs"]]))
    for name in ("inputs", "cotangents", "grads", "tangents", "output_tangents", "directions", "second"):
        found += [k for k in sample.get(name) or [] if k]
    return sorted(set(found))


def pack(cases, names):
    packed, header, data, meta = {}, {}, bytearray(), {}
    files = [f for f in sorted(os.listdir(cases)) if f.endswith(".json")]
    dtype = json.load(open(os.path.join(cases, files[0])))["dtype"]
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixture")
    before, old, old_bytes = {}, {}, b""
    if os.path.exists(os.path.join(out, dtype + ".json")):
        before = json.load(open(os.path.join(out, dtype + ".json")))
        old, old_bytes = read(os.path.join(out, dtype + ".safetensors"))
    old_meta = old.pop("__metadata__", {})

    def keep(key, entry, bytes_, strides):
        start, end = entry["data_offsets"]
        header[key] = dict(entry, data_offsets=[len(data), len(data) + end - start])
        data.extend(bytes_[start:end])
        if strides:
            meta[key + ".strides"] = strides

    for name in names:
        if name + ".json" not in files:
            if name in before:
                packed[name] = before[name]
                for key in sorted(k for k in old if k.rpartition("/")[0] == name):
                    keep(key, old[key], old_bytes, old_meta.get(key + ".strides"))
            continue
        case = json.load(open(os.path.join(cases, name + ".json")))
        tensors, bytes_ = read(os.path.join(cases, name + ".safetensors"))
        metadata = tensors.pop("__metadata__", {})

        def size(s):
            return sum(tensors[k]["data_offsets"][1] - tensors[k]["data_offsets"][0] for k in sample_keys(s))

        def flat(s):
            shapes = [tensors[k]["shape"] for k in keys(s["args"])]
            return not shapes or max(map(len, shapes)) < 2 or any(0 in x for x in shapes)

        if dtype == "float64":
            order = sorted(case["samples"], key=lambda s: (size(s) > LARGEST, flat(s), size(s)))
            others = sorted(case["samples"], key=size, reverse=True)
            chosen = order[:1] + [s for s in others if s is not order[0] and size(s) <= SMALL][:1]
        else:
            chosen = sorted((s for s in case["samples"] if size(s) <= SMALL), key=lambda s: (flat(s), size(s)))[:1]
            if not chosen:
                continue
        packed[name] = {"samples": chosen}
        for k in sorted({k for s in chosen for k in sample_keys(s)}):
            keep(f"{name}/{k}", tensors[k], bytes_, metadata.get(k + ".strides"))
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, dtype + ".json"), "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c, separators=(',', ':'))}" for n, c in packed.items()) + "\n}\n")
    if meta:
        header["__metadata__"] = meta
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(out, dtype + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    print(dtype, len(packed), "operators,", len(text) + len(data), "bytes of tensors")


def main():
    names = [line for line in open(sys.argv[1]).read().split("\n") if line and not line.startswith("#")]
    for cases in sys.argv[2:]:
        pack(cases, names)


main()
