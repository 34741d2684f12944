#!/usr/bin/env python3
"""Pack cases of modules, optimizers and schedules into TrainingFixture/.

    python3 make_training_fixture.py CASES...

Each CASES is a directory as the generator of training cases, or other_modules.py, writes it. TrainingFixture/KIND-DTYPE.json maps each
name to {"samples": [...]}, and TrainingFixture/KIND-DTYPE.safetensors holds the tensors as NAME/KEY; samples of one module from several
directories follow one another. Of modules there are the smallest samples, in training and in evaluation, and those small ones that differ
in how the module prints; of optimizers all configurations with their first steps. TrainingFixture/schedules.json is that of the first
directory that has schedules. The rest is for TRAINING_CASES.
"""
import json, os, struct, sys

STEPS = {"float64": 3, "float32": 2}
SMALL = {"float64": 1024, "float32": 256}  # bytes of a sample that is taken for the options that it shows


def read(path):
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        return json.loads(f.read(size)), f.read()


def keys_of(value, known):
    if isinstance(value, str):
        return {value} & known.keys()
    if isinstance(value, (dict, list)):
        return set().union(*(keys_of(v, known) for v in (value.values() if isinstance(value, dict) else value)))
    return set()


def thin_optimizer(samples, known, dtype):
    for sample in samples:
        for name in ("after", "grads", "losses"):
            if name in sample:
                sample[name] = sample[name][: STEPS[dtype]]
    return samples


def thin_modules(samples, known, dtype):
    def size(sample):
        return sum(known[k]["data_offsets"][1] - known[k]["data_offsets"][0] for k in keys_of({**sample, "noise": 0}, known))

    def options(sample):
        return json.dumps([sample["constructor"], sample["training"]]), len(sample["forward"]["kwargs"])

    taken, modes, seen = [], set(), set()
    for i, sample in sorted(enumerate(samples), key=lambda pair: size(pair[1])):
        if sample["training"] not in modes or (options(sample) not in seen and size(sample) <= SMALL[dtype]):
            taken.append((i, sample))
            modes.add(sample["training"])
            seen.add(options(sample))
    return [sample for _, sample in sorted(taken, key=lambda pair: pair[0])]


THIN = {"modules": thin_modules, "optimizers": thin_optimizer}


class Pack:
    def __init__(self):
        self.entries, self.header, self.data = {}, {}, bytearray()

    def add(self, name, samples, tensors, bytes_):
        # Tensors of a second directory have the same keys.
        mark = "" if name not in self.entries else f"{len(self.entries[name]['samples'])}:"
        used = set().union(*(keys_of({**s, "noise": 0}, tensors) for s in samples))
        text = json.dumps(samples)
        for key in sorted(used):
            start, end = tensors[key]["data_offsets"]
            self.header[f"{name}/{mark}{key}"] = dict(tensors[key], data_offsets=[len(self.data), len(self.data) + end - start])
            self.data += bytes_[start:end]
            if mark:
                text = text.replace(f'"{key}"', f'"{mark}{key}"')
        self.entries.setdefault(name, {"samples": []})["samples"] += json.loads(text)

    def write(self, path):
        with open(path + ".json", "w") as f:
            f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(c, separators=(',', ':'))}" for n, c in sorted(self.entries.items())) + "\n}\n")
        text = json.dumps(self.header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(path + ".safetensors", "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + self.data)
        print(os.path.basename(path), len(self.entries), "entries,", len(text) + len(self.data), "bytes of tensors")


def main():
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "TrainingFixture")
    os.makedirs(out, exist_ok=True)
    packs, schedules = {}, None
    for cases in sys.argv[1:]:
        if schedules is None and os.path.exists(os.path.join(cases, "schedules.json")):
            schedules = json.load(open(os.path.join(cases, "schedules.json")))
            with open(os.path.join(out, "schedules.json"), "w") as f:
                f.write("[\n" + ",\n".join(json.dumps(s, separators=(",", ":")) for s in schedules) + "\n]\n")
        for kind, thin in THIN.items():
            folder = os.path.join(cases, kind)
            for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
                name, ending = os.path.splitext(file)
                if ending != ".json":
                    continue
                tensors, bytes_ = read(os.path.join(folder, name + ".safetensors"))
                tensors = {k: v for k, v in tensors.items() if k != "__metadata__"}
                samples = json.load(open(os.path.join(folder, file)))["samples"]
                dtypes = {v["dtype"] for v in tensors.values()}
                dtype = samples[0].get("dtype") or ("float64" if "F64" in dtypes else "float32")
                packs.setdefault((kind, dtype), Pack()).add(name, thin(samples, tensors, dtype), tensors, bytes_)
    for (kind, dtype), pack in packs.items():
        pack.write(os.path.join(out, f"{kind}-{dtype}"))


main()
