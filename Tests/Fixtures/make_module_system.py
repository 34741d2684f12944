"""Writes what PyTorch's modules do as modules, as compact JSON for the tests: the order of hooks and what they see, parametrizations and
pruning for a seed, and the states and results of torchvision's residual networks.

    python make_module_system.py FILE

The file was made with PyTorch 2.13.0 and torchvision (CPU, x86-64).
"""

import json
import sys

import torch
import torch.nn as nn
import torchvision
from torch.nn.modules import module as modules
from torch.nn.utils import parametrizations, parametrize, prune


def numbers(tensor):
    return tensor.detach().double().flatten().tolist()


def wave(*shape):
    """Numbers both sides can make: sin of 0, 1, 2, ..."""
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float64).sin().reshape(shape)


def hooks():
    """The order in which all kinds of hooks are called, and the numbers that they see."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 2), nn.Tanh()).double()
    log = []
    names = {net: "net", net[0]: "fc", net[1]: "tanh"}

    def note(text):
        return lambda module, *rest: log.append(f"{text} {names[module]}")

    handles = [
        modules.register_module_forward_pre_hook(note("global pre")),
        modules.register_module_forward_hook(note("global forward")),
        modules.register_module_full_backward_pre_hook(note("global backward pre")),
        modules.register_module_full_backward_hook(note("global backward")),
    ]
    for module in (net, net[0], net[1]):
        module.register_forward_pre_hook(note("pre"))
        module.register_forward_pre_hook(note("first pre"), prepend=True)
        module.register_forward_hook(note("forward"))
        module.register_full_backward_pre_hook(note("backward pre"))
        module.register_full_backward_hook(note("backward"))
        module.register_full_backward_hook(note("first backward"), prepend=True)
    seen = []
    net[0].register_forward_pre_hook(lambda module, x: (x[0] * 2,))
    net[0].register_forward_hook(lambda module, x, y: y + 1)
    net[1].register_full_backward_pre_hook(lambda module, dy: (dy[0] * 3,))
    net[1].register_full_backward_hook(lambda module, dx, dy: seen.append([numbers(dx[0]), numbers(dy[0])]) or (dx[0] * 0.5,))
    x = wave(4, 3).requires_grad_()
    y = net(x)
    y.sum().backward()
    for handle in handles:
        handle.remove()
    log.append("without gradients of inputs")
    before = [p.grad.clone() for p in net.parameters()]
    net(wave(4, 3)).sum().backward()
    return {
        "log": log,
        "y": numbers(y),
        "seen": seen[0],
        "dx": numbers(x.grad),
        "dw": numbers(before[0]),
        "db": numbers(before[1]),
    }


def parametrized(make):
    """A layer with its weight made by `make`: names, values, results and gradients, before and after a step."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 4)
    make(layer)
    names = list(layer.state_dict())
    printed = str(layer)
    layer.double()
    rows = []
    for _ in range(2):
        layer.zero_grad()
        with parametrize.cached():  # reading the weight once more would make one more step of the power method
            y, weight = layer(wave(2, 3)), layer.weight
        y.square().sum().backward()
        rows.append({"y": numbers(y), "weight": numbers(weight), "grads": [numbers(p.grad) for p in layer.parameters()]})
        with torch.no_grad():
            for p in layer.parameters():
                p -= 0.1 * p.grad
    layer.eval()
    rows.append({"y": numbers(layer(wave(2, 3))), "weight": numbers(layer.weight), "grads": []})
    return {"printed": printed, "names": names, "parameters": [name for name, _ in layer.named_parameters()], "rows": rows}


def pruned():
    result = {}
    for name, cut in {
        "l1": lambda m: prune.l1_unstructured(m, "weight", 5),
        "l1 half": lambda m: prune.l1_unstructured(m, "weight", 0.5),
        "ln": lambda m: prune.ln_structured(m, "weight", 0.5, n=2, dim=0),
        "random": lambda m: prune.random_unstructured(m, "weight", 0.4),
        "random rows": lambda m: prune.random_structured(m, "weight", 2, dim=0),
        "twice": lambda m: (prune.l1_unstructured(m, "weight", 3), prune.l1_unstructured(m, "weight", 0.5)),
    }.items():
        torch.manual_seed(0)
        layer = nn.Linear(3, 4)
        cut(layer)
        result[name] = {"names": list(layer.state_dict()), "mask": numbers(layer.weight_mask), "weight": numbers(layer.weight)}
    torch.manual_seed(0)
    a, b = nn.Linear(3, 4), nn.Linear(4, 2)
    prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=0.4)
    result["global"] = [numbers(a.weight_mask), numbers(b.weight_mask)]
    return result


def digest(text):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def residual(name):
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(num_classes=10)
    state = model.state_dict()
    text = "\n".join(f"{key} {list(value.shape)}" for key, value in state.items())
    result = {"count": len(state), "digest": digest(text), "sum": model.fc.weight.double().sum().item()}
    if name == "resnet50":
        with torch.no_grad():
            result["logits"] = numbers(model(wave(2, 3, 64, 64).float()))
    return result


json.dump(
    {
        "hooks": hooks(),
        "weight norm": parametrized(lambda m: parametrizations.weight_norm(m)),
        "weight norm of all": parametrized(lambda m: parametrizations.weight_norm(m, dim=None)),
        "spectral norm": parametrized(lambda m: parametrizations.spectral_norm(m)),
        "orthogonal": parametrized(lambda m: parametrizations.orthogonal(m)),
        "orthogonal by reflections": parametrized(lambda m: parametrizations.orthogonal(m, use_trivialization=False)),
        "orthogonal by exp": parametrized(lambda m: parametrizations.orthogonal(m, orthogonal_map="matrix_exp")),
        "orthogonal by cayley": parametrized(lambda m: parametrizations.orthogonal(m, orthogonal_map="cayley")),
        "pruned": pruned(),
        "networks": {name: residual(name) for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")},
    },
    open(sys.argv[1], "w"),
    separators=(",", ":"),
)
