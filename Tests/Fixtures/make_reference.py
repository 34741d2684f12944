"""Writes the numbers PyTorch gives for fixed seeds and fixed inputs, as compact JSON for the tests.

    python make_reference.py DIRECTORY

The files were made with PyTorch 2.13.0 (CPU, x86-64). Numbers of float32 tensors are the shortest decimals that read back to the
same float32; NaN is null. Everything runs on one thread.
"""

import json
import math
import os
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, random_split

SEEDS = [0, 1, 42, -1]


def shortest(x):
    """The shortest decimal of the float32 x, as a Python float."""
    for digits in range(1, 10):
        text = f"{x:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", x):
            return float(text)
    return x


def number(x, is_float32):
    if isinstance(x, (bool, int)):
        return x
    if math.isnan(x):
        return None
    assert math.isfinite(x)
    return shortest(x) if is_float32 else x


def values(tensor):
    """The elements of a tensor in row-major order."""
    tensor = tensor.detach()
    return [number(x, tensor.dtype == torch.float32) for x in tensor.reshape(-1).tolist()]


def array(tensor):
    return {"shape": list(tensor.shape), "values": values(tensor)}


# (a) Randomness


def ends(tensor):
    return values(tensor[:8]) + values(tensor[-8:])


def parameters(module, count=None):
    """For each parameter its shape and its first values."""
    return {
        name: {"shape": list(p.shape), "values": values(p.reshape(-1)[:count])} for name, p in module.named_parameters()
    }


def two_epochs(loader):
    return [[batch.tolist() for batch in loader] for _ in range(2)]


def wide_linear():
    layer = nn.Linear(784, 128)
    return {"weight[0,:4]": values(layer.weight[0, :4]), "bias[:4]": values(layer.bias[:4])}


def own_generator(seed):
    return torch.Generator().manual_seed(seed)


def cached_normal():
    """An odd count of normals leaves one in the generator; the next call starts with it."""
    first = torch.randn(3)
    uniform = torch.rand(2)
    return values(first) + values(uniform) + values(torch.randn(2)) + values(torch.randn(1, dtype=torch.float64))


RANDOM = {
    "randn(5)": lambda s: values(torch.randn(5)),
    "randn(20)": lambda s: values(torch.randn(20)),
    "randn(100)[:8]+[-8:]": lambda s: ends(torch.randn(100)),
    "randn(5,float64)": lambda s: values(torch.randn(5, dtype=torch.float64)),
    "randn(20,float64)": lambda s: values(torch.randn(20, dtype=torch.float64)),
    "randn(3),rand(2),randn(2),randn(1,float64)": lambda s: cached_normal(),
    "normal_(2,3) of 4": lambda s: values(torch.empty(4).normal_(2, 3)),
    "rand(5)": lambda s: values(torch.rand(5)),
    "rand(3,float64)": lambda s: values(torch.rand(3, dtype=torch.float64)),
    "uniform_(-2,3) of 4": lambda s: values(torch.empty(4).uniform_(-2, 3)),
    "randint(0,10,[8])": lambda s: values(torch.randint(0, 10, [8])),
    "randint(0,2**40,[4])": lambda s: values(torch.randint(0, 2**40, [4])),
    "randint(-5,5,[6])": lambda s: values(torch.randint(-5, 5, [6])),
    "randperm(10)": lambda s: values(torch.randperm(10)),
    "bernoulli_(0.3) of 20": lambda s: values(torch.empty(20).bernoulli_(0.3)),
    "bernoulli(full([10],0.3))": lambda s: values(torch.bernoulli(torch.full([10], 0.3))),
    "dropout(ones(20),0.4)!=0": lambda s: [int(x) for x in (F.dropout(torch.ones(20), 0.4) != 0).tolist()],
    "exponential_(2) of 4": lambda s: values(torch.empty(4).exponential_(2)),
    "multinomial([1,2,3,4],6,replacement)": lambda s: values(torch.multinomial(torch.tensor([1.0, 2, 3, 4]), 6, True)),
    "Linear(4,3)": lambda s: parameters(nn.Linear(4, 3)),
    "Linear(784,128)": lambda s: wide_linear(),
    "Conv2d(1,2,3)": lambda s: parameters(nn.Conv2d(1, 2, 3)),
    "Embedding(5,3)": lambda s: parameters(nn.Embedding(5, 3)),
    "LSTM(3,4)[:4]": lambda s: parameters(nn.LSTM(3, 4), 4),
    "GRU(3,4)[:4]": lambda s: parameters(nn.GRU(3, 4), 4),
    "Sequential(Linear(3,4),ReLU,Linear(4,2))": lambda s: parameters(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))),
    "DataLoader(range(10),shuffle,3)": lambda s: two_epochs(DataLoader(range(10), shuffle=True, batch_size=3)),
    "DataLoader(range(10),shuffle,3,generator)": lambda s: two_epochs(
        DataLoader(range(10), shuffle=True, batch_size=3, generator=own_generator(s))
    ),
    "random_split(range(10),[7,3])": lambda s: [list(part) for part in random_split(range(10), [7, 3])],
}


def random_reference():
    result = {}
    for seed in SEEDS:
        rows = {}
        for name, draw in RANDOM.items():
            torch.manual_seed(seed)
            rows[name] = draw(seed)
        result[str(seed)] = rows
    return result


# (b) Training


def one_weight():
    """y = w x learned one point at a time: each gradient, each epoch's last loss, the prediction for 4 before and after."""
    w = torch.tensor([1.0], requires_grad=True)
    result = {"x": [1, 2, 3], "y": [2, 4, 6], "w": 1, "lr": 0.01, "before": values(w * 4)[0], "gradients": [], "losses": []}
    for _ in range(20):
        gradients = []
        for x, y in zip([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]):
            loss = (x * w - y) ** 2
            loss.backward()
            gradients += values(w.grad)
            w.data -= 0.01 * w.grad
            w.grad.zero_()
        result["gradients"].append(gradients)
        result["losses"] += values(loss)
    result["after"] = values(w * 4)[0]
    return result


def one_weight_by_hand():
    """The same with the gradient 2 x (x w - y) in double arithmetic."""
    w = 1.0
    result = {"before": 4 * w, "gradients": [], "losses": []}
    for _ in range(20):
        gradients = []
        for x, y in zip([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]):
            gradient = 2 * x * (x * w - y)
            w = w - 0.01 * gradient
            gradients.append(gradient)
            loss = (x * w - y) ** 2
        result["gradients"].append(gradients)
        result["losses"].append(loss)
    result["after"] = 4 * w
    return result


def spirals(points=20):
    """Two interleaved spirals, rounded to four digits so that every type holds the same numbers."""
    inputs, labels = [], []
    for label in range(2):
        for i in range(points):
            radius = (i + 1) / points
            angle = 4 * radius + math.pi * label
            inputs.append([round(radius * math.cos(angle), 4), round(radius * math.sin(angle), 4)])
            labels.append(label)
    return inputs, labels


OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD momentum nesterov weight_decay": lambda p: torch.optim.SGD(
        p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-2
    ),
    "SGD momentum dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "Adam weight_decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=1e-2),
    "Adam amsgrad": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01),
    "AdamW betas eps weight_decay": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "RMSprop centered momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True, momentum=0.9),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "Adadelta": lambda p: torch.optim.Adadelta(p, lr=1.0),
    "Adamax": lambda p: torch.optim.Adamax(p, lr=0.01),
    "NAdam": lambda p: torch.optim.NAdam(p, lr=0.01),
    "RAdam": lambda p: torch.optim.RAdam(p, lr=0.01),
    "Rprop": lambda p: torch.optim.Rprop(p, lr=0.01),
    "ASGD": lambda p: torch.optim.ASGD(p, lr=0.1),
    "LBFGS strong_wolfe": lambda p: torch.optim.LBFGS(p, lr=1, max_iter=4, line_search_fn="strong_wolfe"),
}


def mlp(activation):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 2))


def train(make_optimizer, activation, dtype, inputs, labels):
    """Twenty full-batch steps: the loss before each step and after the last, and the first values of each final parameter."""
    model = mlp(activation).to(dtype)
    x, y = torch.tensor(inputs, dtype=dtype), torch.tensor(labels)
    optimizer = make_optimizer(model.parameters())
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        return loss

    for _ in range(20):
        losses += values(optimizer.step(closure))
    losses += values(F.cross_entropy(model(x), y))
    return {"losses": losses, "parameters": {name: values(p.reshape(-1)[:3]) for name, p in model.named_parameters()}}


def training_reference():
    inputs, labels = spirals()
    runs = []
    for dtype in (torch.float32, torch.float64):
        for activation in (nn.Tanh, nn.ReLU):
            for name, make_optimizer in OPTIMIZERS.items():
                if activation is nn.ReLU and name not in ("SGD momentum nesterov weight_decay", "Adam", "AdamW"):
                    continue
                if dtype == torch.float32 and name.startswith("LBFGS"):
                    continue  # its line search turns the last bit of a float32 into another path
                run = train(make_optimizer, activation, dtype, inputs, labels)
                runs.append({"optimizer": name, "activation": activation.__name__, "dtype": str(dtype)[6:], **run})
    return {
        "oneWeight": one_weight(),
        "oneWeightByHand": one_weight_by_hand(),
        "spirals": {"inputs": inputs, "labels": labels},
        "initial": parameters(mlp(nn.Tanh)),
        "runs": runs,
    }


# (c) Losses, in float64


class Losses:
    def __init__(self):
        self.tensors = {}
        self.cases = []

    def tensor(self, name, data, dtype=torch.float64):
        self.tensors[name] = torch.tensor(data, dtype=dtype)

    def case(self, loss, input, target, *, differentiate_target=False, options=None, **keywords):
        """One case: `options` name tensors, keywords are plain values. The cotangent of the result is 1, 2, 3, ..."""
        options = options or {}
        leaves = {"input": self.tensors[input].clone().requires_grad_()}
        target_tensor = self.tensors[target].clone()
        if differentiate_target:
            leaves["target"] = target_tensor.requires_grad_()
        result = getattr(F, loss)(
            leaves["input"], target_tensor, **{k: self.tensors[v] for k, v in options.items()}, **keywords
        )
        cotangent = torch.arange(1, result.numel() + 1, dtype=result.dtype).reshape(result.shape)
        gradients = torch.autograd.grad(result, list(leaves.values()), cotangent)
        self.cases.append(
            {
                "loss": loss,
                "input": input,
                "target": target,
                "tensorOptions": options,
                "options": keywords,
                "result": array(result),
                "gradients": {name: values(g) for name, g in zip(leaves, gradients)},
            }
        )


REDUCTIONS = ["none", "mean", "sum"]


def loss_reference():
    l = Losses()
    l.tensor("x", [[0.5, -1.25, 2.0, 0.1], [1.5, 0.25, -0.75, -2.0], [-0.3, 3.0, 0.0, 1.0]])
    l.tensor("y", [[0.0, -1.0, 0.5, 0.1], [2.75, 0.0, 0.25, -2.5], [-0.3, -1.0, 0.4, 1.0]])
    l.tensor("probabilities", [[0.5, 0.1, 0.99, 0.01], [0.25, 0.75, 0.0, 1.0], [0.3, 0.6, 0.9, 0.2]])
    l.tensor("binary", [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.3, 0.5, 1.0, 0.9]])
    l.tensor("soft", [[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    l.tensor("classes", [2, 1, 3], torch.int64)
    l.tensor("allOnes", [1, 1, 1], torch.int64)
    l.tensor("classWeight", [0.5, 2.0, 1.0, 0.25])
    l.tensor("elementWeight", [[1.0, 0.5, 2.0, 0.0], [1.0, 1.0, 3.0, 0.25], [0.1, 1.0, 1.0, 2.0]])
    l.tensor("posWeight", [1.0, 3.0, 0.5, 2.0])
    l.tensor("images", [[[[0.5, -1.0], [0.2, 0.3]], [[1.5, 0.0], [-0.2, 2.0]], [[0.0, 0.4], [1.0, -1.0]]]])
    l.tensor("imageClasses", [[[0, 2], [1, 1]]], torch.int64)
    l.tensor("one", [0.2, -0.4, 1.1])
    l.tensor("oneClass", 2, torch.int64)
    l.tensor("threeClassWeight", [0.5, 2.0, 1.0])

    for reduction in REDUCTIONS:
        l.case("mse_loss", "x", "y", differentiate_target=True, reduction=reduction)
        l.case("l1_loss", "x", "y", differentiate_target=True, reduction=reduction)
        for beta in (1.0, 0.5):
            l.case("smooth_l1_loss", "x", "y", differentiate_target=True, reduction=reduction, beta=beta)
        for delta in (1.0, 0.5):
            l.case("huber_loss", "x", "y", differentiate_target=True, reduction=reduction, delta=delta)

        for weight in ({}, {"weight": "classWeight"}):
            for ignored in (-100, 1):
                l.case("nll_loss", "x", "classes", options=weight, reduction=reduction, ignore_index=ignored)
                for smoothing in (0.0, 0.1):
                    l.case(
                        "cross_entropy", "x", "classes", options=weight,
                        reduction=reduction, ignore_index=ignored, label_smoothing=smoothing,
                    )
            for smoothing in (0.0, 0.1):
                l.case(
                    "cross_entropy", "x", "soft", differentiate_target=True, options=weight,
                    reduction=reduction, label_smoothing=smoothing,
                )
        l.case("cross_entropy", "x", "allOnes", reduction=reduction, ignore_index=1)
        for weight in ({}, {"weight": "threeClassWeight"}):
            l.case("cross_entropy", "images", "imageClasses", options=weight, reduction=reduction, label_smoothing=0.1)
            l.case("cross_entropy", "images", "imageClasses", options=weight, reduction=reduction, ignore_index=1)
            l.case("cross_entropy", "one", "oneClass", options=weight, reduction=reduction)

        for weight in ({}, {"weight": "elementWeight"}):
            l.case("binary_cross_entropy", "probabilities", "binary", options=weight, reduction=reduction)
            for positive in ({}, {"pos_weight": "posWeight"}):
                l.case("binary_cross_entropy_with_logits", "x", "binary", options={**weight, **positive}, reduction=reduction)

    for reduction in REDUCTIONS + ["batchmean"]:
        l.case("kl_div", "x", "soft", reduction=reduction)
        l.case("kl_div", "x", "y", differentiate_target=True, reduction=reduction, log_target=True)

    return {"tensors": {name: array(t) for name, t in l.tensors.items()}, "cases": l.cases}


def main():
    directory = sys.argv[1]
    torch.set_num_threads(1)
    files = {"random": random_reference, "training": training_reference, "losses": loss_reference}
    for name, make in files.items():
        path = os.path.join(directory, name + ".json")
        with open(path + ".tmp", "w") as file:
            json.dump(make(), file, separators=(",", ":"), allow_nan=False)
            file.write("\n")
        os.replace(path + ".tmp", path)
        print(path, os.path.getsize(path))


main()
