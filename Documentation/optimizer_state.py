"""States of PyTorch's optimizers as the files that `Optimizer.save(to:)` writes and `Optimizer.load(from:)` reads.

    optimizer.load_state_dict(load("optimizer.safetensors"))
    save(optimizer.state_dict(), "optimizer.safetensors")

A tensor NAME of parameter I is `state.I.NAME`, element N of a list (LBFGS has three) `state.I.NAME.N`; the groups are JSON in the metadata.
"""
import json
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def save(state_dict, path):
    tensors = {}
    for i, state in state_dict["state"].items():
        for name, value in state.items():
            if isinstance(value, list) and name != "al":  # al is LBFGS's scratch space
                tensors.update({f"state.{i}.{name}.{n}": torch.as_tensor(x).clone() for n, x in enumerate(value)})
            elif value is not None and name != "al":
                tensors[f"state.{i}.{name}"] = torch.as_tensor(value).clone()
    save_file(tensors, path, metadata={"param_groups": json.dumps(state_dict["param_groups"])})


def load(path):
    state = {}
    for key, tensor in sorted(load_file(path).items(), key=lambda item: [int(x) if x.isdigit() else 0 for x in item[0].split(".")]):
        _, i, name, *place = key.split(".")
        own = state.setdefault(int(i), {})
        if place:
            own.setdefault(name, []).append(tensor)
        else:
            own[name] = tensor
    for own in state.values():
        if "prev_flat_grad" in own:
            own.update({name: own.get(name, []) for name in ("old_dirs", "old_stps", "ro")})
    with safe_open(path, "pt") as f:
        return {"state": state, "param_groups": json.loads(f.metadata()["param_groups"])}
