"""Writes what PyTorch's initialisers give for seeds, and its lazy layers, positions and weighted losses, as compact JSON for the tests.

    python make_initializers.py FILE

The file was made with PyTorch 2.13.0 (CPU, x86-64).
"""

import json
import math
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


def array(tensor):
    return {"shape": list(tensor.shape), "values": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


def filled(shape, fill, dtype=torch.float32):
    """What `fill` makes of a tensor after the seed 1."""
    torch.manual_seed(1)
    return array(fill(torch.empty(shape, dtype=dtype)))


init = nn.init
rows = {
    "eye": filled((3, 4), init.eye_),
    "dirac": filled((4, 2, 3), lambda t: init.dirac_(t, 2)),
    "dirac 2d": filled((3, 4, 2, 3), init.dirac_),
    "dirac 3d": filled((2, 2, 1, 2, 3), init.dirac_),
    "xavier uniform": filled((3, 4), lambda t: init.xavier_uniform_(t, init.calculate_gain("tanh"))),
    "xavier normal": filled((3, 2, 3), lambda t: init.xavier_normal_(t, init.calculate_gain("selu"))),
    "kaiming uniform": filled((3, 4), lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu")),
    "kaiming normal": filled((3, 4), lambda t: init.kaiming_normal_(t, a=0.2)),
    "kaiming linear": filled((3, 4), lambda t: init.kaiming_normal_(t, nonlinearity="linear")),
    "orthogonal": filled((4, 3), lambda t: init.orthogonal_(t, 1.5)),
    "orthogonal wide": filled((3, 2, 4), init.orthogonal_),
    "orthogonal float64": filled((5, 5), init.orthogonal_, torch.float64),
    "sparse": filled((5, 4), lambda t: init.sparse_(t, 0.5, 0.1)),
    "truncated": filled((4, 5), init.trunc_normal_),
    "truncated narrow": filled((3, 5), lambda t: init.trunc_normal_(t, 0.5, 2.0, -1.0, 0.0)),
    "truncated tail": filled((3, 5), lambda t: init.trunc_normal_(t, 0.0, 1.0, 1.5, 3.0), torch.float64),
    "truncated float64": filled((4, 5), lambda t: init.trunc_normal_(t, 1.0, 0.5, 0.0, 2.0), torch.float64),
}
gains = {name: init.calculate_gain(name) for name in ("linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")}


def lazy(layer, *shape):
    """A lazy layer before and after its first input."""
    before = repr(layer)
    torch.manual_seed(1)
    y = layer(torch.arange(math.prod(shape), dtype=torch.float32).sin().reshape(shape))
    return {
        "before": before,
        "after": repr(layer),
        "output": array(y),
        "state": [[name, list(t.shape), t.double().sum().item()] for name, t in layer.state_dict().items()],
    }


lazies = {
    "LazyLinear": lazy(nn.LazyLinear(3), 2, 4),
    "LazyConv1d": lazy(nn.LazyConv1d(2, 3, padding=1), 1, 4, 3),
    "LazyConv2d": lazy(nn.LazyConv2d(4, 2, stride=2, groups=2, bias=False), 2, 4, 4),
    "LazyConv3d": lazy(nn.LazyConv3d(2, (1, 2, 2)), 1, 2, 1, 2, 3),
    "LazyConvTranspose1d": lazy(nn.LazyConvTranspose1d(2, 3), 1, 4, 2),
    "LazyConvTranspose2d": lazy(nn.LazyConvTranspose2d(2, 2, stride=2), 1, 3, 2, 1),
    "LazyConvTranspose3d": lazy(nn.LazyConvTranspose3d(2, 1), 1, 2, 1, 2, 1),
    "LazyBatchNorm1d": lazy(nn.LazyBatchNorm1d(), 4, 3),
    "LazyBatchNorm2d": lazy(nn.LazyBatchNorm2d(momentum=0.2), 2, 3, 2, 1),
    "LazyBatchNorm3d": lazy(nn.LazyBatchNorm3d(affine=False), 2, 2, 1, 2, 1),
    "LazyInstanceNorm1d": lazy(nn.LazyInstanceNorm1d(), 2, 3, 4),
    "LazyInstanceNorm2d": lazy(nn.LazyInstanceNorm2d(affine=False), 1, 3, 2, 2),
    "LazyInstanceNorm3d": lazy(nn.LazyInstanceNorm3d(eps=1e-3), 1, 2, 2, 1, 2),
}


def rotary(x, base, halves):
    """As torchtune's RotaryPositionalEmbeddings and GPT-NeoX's rotate_half define it, with complex numbers."""
    size, steps = x.shape[-1], x.shape[-3]
    angles = torch.outer(torch.arange(steps, dtype=torch.float64), base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size))
    turn = torch.polar(torch.ones_like(angles), angles)[:, None, :]
    u, v = (x[..., : size // 2], x[..., size // 2 :]) if halves else (x[..., ::2], x[..., 1::2])
    turned = torch.complex(u, v) * turn
    parts = [turned.real, turned.imag]
    return torch.cat(parts, -1) if halves else torch.stack(parts, -1).flatten(-2)


x = torch.arange(2 * 3 * 2 * 4, dtype=torch.float64).sin().reshape(2, 3, 2, 4)
t = torch.arange(12, dtype=torch.float64).cos().reshape(3, 4)
w = torch.arange(1, 13, dtype=torch.float64).reshape(3, 4) / 7
u = x.flatten()[:12].reshape(3, 4)
others = {
    "rotary": array(rotary(x, 10_000.0, False)),
    "rotary halves": array(rotary(x, 500.0, True)),
    "mse": [array(F.mse_loss(u, t, reduction=r, weight=w)) for r in ("none", "mean", "sum")],
    "l1": [array(F.l1_loss(u, t, reduction=r, weight=w)) for r in ("none", "mean", "sum")],
    "huber": [array(F.huber_loss(u, t, reduction=r, delta=0.5, weight=w)) for r in ("none", "mean", "sum")],
}
json.dump({"filled": rows, "gains": gains, "lazy": lazies, **others}, open(sys.argv[1], "w"), separators=(",", ":"))
