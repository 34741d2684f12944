"""Writes checkpoint.pt with torch.save and checkpoint.json with what is in it; refused.json with pickles that are not read.

    python make_torch.py          # writes beside itself
    python make_torch.py FOLDER   # reads with torch.load(weights_only=True) what TorchFileTests wrote there (TORCH_FILES=FOLDER)
"""
import base64, collections, io, json, os, pickle, sys, zipfile
import torch

here = os.path.dirname(os.path.abspath(__file__))


def checkpoint():
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model(torch.randn(4, 3)).square().sum().backward()
    optimizer.step()
    base = torch.arange(24, dtype=torch.float32)
    views = {
        "transposed": base.reshape(2, 3, 4).transpose(0, 2), "part": base[5:20:3], "expanded": base[3].expand(2, 3),
        "whole": base, "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5, dtype=torch.float64),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }
    types = {str(t)[6:]: torch.tensor([0, 1, 2, 100]).to(t) for t in [
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.bool]}
    other = {"complex64": torch.zeros(2, dtype=torch.complex64), "float8_e4m3fn": torch.zeros(2).to(torch.float8_e4m3fn)}
    return {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "loss": 0.25, "large": 2**62, "negative": -5,
        "list": [1, None, True, "naïve"], "tuple": (1, 2), "size": torch.Size([2, 3]), "device": torch.device("cpu"),
        "dtype": torch.float32, "ordered": collections.OrderedDict(a=1), "views": views, "types": types, "other": other,
    }


def tensors(value, name=""):
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from tensors(v, f"{name}.{k}" if name else str(k))
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from tensors(v, f"{name}.{i}" if name else str(i))


class Evil:
    def __reduce__(self):
        return os.system, ("echo run",)


def archive(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        z.writestr("archive/data.pkl", data)
    return base64.b64encode(buffer.getvalue()).decode()


def refused():
    p = b"\x80\x02"
    # Each list holds the one before ten times.
    bomb = p + b"]q\x00" + b"".join(b"](" + (b"h" + bytes([i - 1])) * 10 + b"eq" + bytes([i]) for i in range(1, 30))
    return {
        "system": archive(pickle.dumps(Evil(), 2)),
        "eval": archive(p + b"c__builtin__\neval\nX\x01\x00\x00\x001\x85R."),
        "itself": archive(p + b"]q\x00h\x00a."),
        "deep": archive(p + b"]" * 500 + b"a" * 499 + b"."),
        "bomb": archive(p + b"(" + bomb[2:] + b"t."),
        "long": archive(p + b"X\xff\xff\xff\xff" + b"a."),
        "cut": archive(p + b"(K\x01"),
        "sparse": archive(p + b"ctorch._utils\n_rebuild_sparse_tensor\n."),
    }


def pickles():
    buffer = io.BytesIO()
    value = {"w": torch.ones(2, 3).t(), "p": torch.nn.Parameter(torch.ones(2)), "o": collections.OrderedDict(a=1), "l": [1, 2.5, (3, "x")]}
    torch.save(value, buffer)
    plain = {"a": [1, 300, 70000, 2**40, -1], "b": (1.5, None, True), "c": {"x", "y"}, "d": torch.Size([1, 2]), "e": "é" * 300, 3: []}
    return {"torch": base64.b64encode(zipfile.ZipFile(buffer).read("archive/data.pkl")).decode(),
            "protocol 4": base64.b64encode(pickle.dumps(plain, 4)).decode()}


if len(sys.argv) > 1:
    for name in sorted(os.listdir(sys.argv[1])):
        value = torch.load(os.path.join(sys.argv[1], name), weights_only=True)
        torch.load(os.path.join(sys.argv[1], name), weights_only=True, mmap=True)
        print(name, {k: (str(v.dtype), list(v.shape)) for k, v in tensors(value)})
        if name == "checkpoint.pt":
            expected = checkpoint()
            for (k, v), (l, w) in zip(tensors(value), tensors({k: v for k, v in expected.items() if k != "other"})):
                assert k == l and v.shape == w.shape and torch.equal(v.double(), w.double()), k
            assert value["epoch"] == 3 and value["loss"] == 0.25 and value["large"] == 2**62 and value["tuple"] == (1, 2)
            assert value["list"] == [1, None, True, "naïve"] and value["negative"] == -5
            model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
            model.load_state_dict(value["model"])
            torch.optim.Adam(model.parameters()).load_state_dict(value["optimizer"])
    sys.exit()

torch.save(checkpoint(), os.path.join(here, "checkpoint.pt"))
with open(os.path.join(here, "checkpoint.json"), "w") as f:
    json.dump({k: {"dtype": str(v.dtype)[6:], "shape": list(v.shape), "values": v.double().flatten().tolist()}
               for k, v in tensors(checkpoint()) if v.dtype != torch.complex64 and "float8" not in str(v.dtype)}, f)
with open(os.path.join(here, "refused.json"), "w") as f:
    json.dump(refused(), f)
with open(os.path.join(here, "pickles.json"), "w") as f:
    json.dump(pickles(), f)
