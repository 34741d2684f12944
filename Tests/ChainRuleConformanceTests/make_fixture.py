#!/usr/bin/env python3
"""Pack one or two small samples of each operator into Fixture/.

    python3 make_fixture.py CASES NAMES

CASES is a directory of NAME.json and NAME.safetensors as the generator writes them, NAMES a file with one operator a line.
Fixture/cases.json maps each name to {"samples": [...]}; Fixture/cases.safetensors holds the tensors as NAME/KEY. Of the
samples the two smallest that are not empty are taken, the smallest with a second dimension first; the rest of a large set
is for CONFORMANCE_CASES.
"""
import json, os, struct, sys

LARGEST = 4000  # bytes of a second sample: the fixture stays small enough to commit


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


def main():
    cases, names = sys.argv[1], open(sys.argv[2]).read().split()
    packed, header, data, meta = {}, {}, bytearray(), {}
    for name in names:
        case = json.load(open(os.path.join(cases, name + ".json")))
        tensors, bytes_ = read(os.path.join(cases, name + ".safetensors"))
        metadata = tensors.pop("__metadata__", {})

        def size(s):
            return sum(tensors[k]["data_offsets"][1] - tensors[k]["data_offsets"][0] for k in sample_keys(s))

        def flat(s):
            shapes = [tensors[k]["shape"] for k in keys(s["args"])]
            return not shapes or max(map(len, shapes)) < 2 or any(0 in x for x in shapes)

        order = sorted(case["samples"], key=lambda s: (flat(s), size(s)))
        chosen = order[:1] + [s for s in sorted(case["samples"], key=size, reverse=True) if s is not order[0] and size(s) <= LARGEST][:1]
        packed[name] = {"samples": chosen}
        for k in sorted({k for s in chosen for k in sample_keys(s)}):
            start, end = tensors[k]["data_offsets"]
            header[f"{name}/{k}"] = dict(tensors[k], data_offsets=[len(data), len(data) + end - start])
            data += bytes_[start:end]
            if k + ".strides" in metadata:
                meta[f"{name}/{k}.strides"] = metadata[k + ".strides"]
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixture")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "cases.json"), "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c, separators=(',', ':'))}" for n, c in packed.items()) + "\n}\n")
    if meta:
        header["__metadata__"] = meta
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(out, "cases.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    print(len(packed), "operators,", len(text) + len(data), "bytes of tensors")


main()
