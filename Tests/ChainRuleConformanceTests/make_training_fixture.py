#!/usr/bin/env python3
"""Pack the optimizers' and schedules' cases into TrainingFixture/.

    python3 make_training_fixture.py CASES...

Each CASES is a directory as the generator of training cases writes it, one for each dtype. TrainingFixture/DTYPE.json maps each optimizer to
{"samples": [...]} with all its configurations and the first steps of each; TrainingFixture/DTYPE.safetensors holds the tensors as NAME/KEY.
TrainingFixture/schedules.json is the first directory's. The rest is for TRAINING_CASES.
"""
import json, os, struct, sys

STEPS = {"float64": 3, "float32": 2}


def read(path):
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        return json.loads(f.read(size)), f.read()


def thin(sample, steps):
    sample["after"] = sample["after"][:steps]
    for name in ("grads", "losses"):
        if name in sample:
            sample[name] = sample[name][:steps]
    keys = sample["params"] + [k for step in sample["after"] + sample.get("grads", []) for k in step]
    return sample, keys + [sample[k] for k in ("matrix", "vector") if k in sample]


def main():
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "TrainingFixture")
    os.makedirs(out, exist_ok=True)
    for n, cases in enumerate(sys.argv[1:]):
        if n == 0:
            schedules = json.load(open(os.path.join(cases, "schedules.json")))
            with open(os.path.join(out, "schedules.json"), "w") as f:
                f.write("[\n" + ",\n".join(json.dumps(s, separators=(",", ":")) for s in schedules) + "\n]\n")
        packed, header, data = {}, {}, bytearray()
        for file in sorted(os.listdir(os.path.join(cases, "optimizers"))):
            name, ending = os.path.splitext(file)
            if ending != ".json":
                continue
            tensors, bytes_ = read(os.path.join(cases, "optimizers", name + ".safetensors"))
            dtype = {"F32": "float32", "F64": "float64"}[next(v for k, v in tensors.items() if k != "__metadata__")["dtype"]]
            samples, used = [], set()
            for sample in json.load(open(os.path.join(cases, "optimizers", file)))["samples"]:
                sample, keys = thin(sample, STEPS[dtype])
                samples.append(sample)
                used |= set(keys)
            packed[name] = {"samples": samples}
            for key in sorted(used):
                start, end = tensors[key]["data_offsets"]
                header[f"{name}/{key}"] = dict(tensors[key], data_offsets=[len(data), len(data) + end - start])
                data += bytes_[start:end]
        with open(os.path.join(out, dtype + ".json"), "w") as f:
            f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c, separators=(',', ':'))}" for n, c in packed.items()) + "\n}\n")
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(os.path.join(out, dtype + ".safetensors"), "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + data)
        print(dtype, len(packed), "optimizers,", len(text) + len(data), "bytes of tensors")


main()
