"""Writes transforms.txt: every transform inside every other, by torch.func, for TransformMatrixTests.swift.

A transform takes a function of a tensor to a function of a tensor. The tables below and those of the test have the same names in the
same order. A line of the file is a nest, outermost first, how the functions' inputs reach it, and for each function the sum of the
result's magnitudes and the sum of its elements times cos(0.1 + 0.9 i).

Run: python make_transforms.py > transforms.txt
"""

import random

import torch
import torch.nn.functional as F
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def weights(shape, phase):
    count = 1
    for size in shape:
        count *= size
    return torch.cos(0.9 * torch.arange(count, dtype=torch.float64) + phase).reshape(shape)


def scalar(y):
    return (y * weights(y.shape, 0.3)).sum()


def direction(y):
    return weights(y.shape, 1.1)


def pulled(f, x):
    value, pullback = vjp(f, x)
    return value, lambda v: pullback(v)[0]


def vmap_of_pullback(f):
    def g(x):
        value, pullback = pulled(f, x)
        return vmap(pullback)(torch.stack([weights(value.shape, 0.7), weights(value.shape, 2.0)]))

    return g


def jvp_of_pullback(f):
    def g(x):
        value, pullback = pulled(f, x)
        v = weights(value.shape, 0.7)
        return jvp(lambda v: pullback(v * v), (v,), (direction(v),))[1]

    return g


def grad_of_pullback(f):
    def g(x):
        value, pullback = pulled(f, x)
        return grad(lambda v: scalar(pullback(v * v)))(weights(value.shape, 0.7))

    return g


def linearize(f):
    def g(x):
        value, pullback = pulled(f, x)
        return vjp(pullback, torch.zeros_like(value))[1](direction(x))[0]

    return g


def control(f):
    def g(x):
        state, outputs = torch.tensor(1.0), []
        for row in [x, x * 0.5 + 0.2]:
            y = torch.where(row.reshape(-1)[0] > 0.3, f(row), f(row * 0.5))
            state = state * 0.9 + y.sum() * 0.1
            outputs.append(y)
        return torch.stack(outputs) * state

    return g


def function(f):
    def g(x):
        y = f(x + 0.3 * x.sin())
        return y / (1 + y * y).sqrt()

    return g


def turned(f):
    return lambda x: f(x.sin() * x.cos() + x)


def same(f):
    return f


def jet(f):
    def g(x):
        v, a, one = direction(x), weights(x.shape, 0.5), torch.tensor(1.0)

        def along(t):
            return f(x + t * v + t * t / 2 * a)

        return jvp(lambda t: jvp(along, (t,), (one,))[1], (torch.tensor(0.0),), (one,))[1]

    return g


def associative_scan(f):
    def g(x):
        rows = [f(x), f(x * 0.5 + 0.2), f(x * 0.3)]
        outputs = [rows[0]]
        for y in rows[1:]:
            outputs.append(y.cos() * outputs[-1] + y)
        return torch.stack(outputs)

    return g


transforms = {
    "grad": lambda f: grad(lambda x: scalar(f(x))),
    "vjp": lambda f: lambda x: (lambda p: p[1](weights(p[0].shape, 0.7)))(pulled(f, x)),
    "jvp": lambda f: lambda x: jvp(f, (x,), (direction(x),))[1],
    "jacobianForward": jacfwd,
    "jacobianReverse": jacrev,
    "hessian": lambda f: hessian(lambda x: scalar(f(x))),
    "hvp": lambda f: lambda x: jvp(grad(lambda x: scalar(f(x))), (x,), (direction(x),))[1],
    "vmap": lambda f: lambda x: vmap(f)(torch.stack([x, x * 0.5 + 0.2])),
    "vmapOfPullback": vmap_of_pullback,
    "jvpOfPullback": jvp_of_pullback,
    "gradOfPullback": grad_of_pullback,
    "linearize": linearize,
    "dualLevel": lambda f: lambda x: jvp(f, (x,), (direction(x),))[1],
    "vhp": lambda f: lambda x: vjp(grad(lambda x: scalar(f(x))), x)[1](direction(x))[0],
    "tree": lambda f: lambda x: grad(lambda p: scalar(f(p["a"] * p["b"])))({"a": x, "b": x.sin()})["b"],
    "chunks": lambda f: lambda x: vmap(f)(torch.stack([x, x * 0.5 + 0.2])),
    "control": control,
    "fixedPoint": lambda f: lambda x: (1 + f(x).sigmoid()).sqrt(),
    "jet": jet,
    "jacobianAux": lambda f: lambda x: jacrev(f)(x) * x.sin().sum(),
    "argnums": lambda f: lambda x: jacfwd(lambda b: f(x.sin() * b))(x),
    "associativeScan": associative_scan,
    "checkpoint": same,
    "function": function,
    "severalResults": turned,
    "savedTensorHooks": same,
    "nodeHooks": same,
    "functionalCall": same,
    "catching": same,
}


def outer(z, u):
    return z.unsqueeze(1) * u


def in_place(z, u):
    v = z * u
    v = torch.cat([(v[1] * z[2]).unsqueeze(0), v[1:]])
    return (v + z) * u


def no_grad(z, u):
    with torch.no_grad():
        c = z * z * u
    return z * u + c * z


def attention(z, u):
    q, k, v = outer(z, u) + weights([3, 3], 0.4), weights([3, 3], 1.3) * z, weights([3, 3], 2.1) * u
    return (q @ k.T / 3**0.5).softmax(-1) @ v


def batch_norm(z, u):
    d = outer(z, u) + weights([3, 3], 0.5)
    d = d - d.mean(0)
    return d / (d.square().mean(0) + 0.1).sqrt() * u


def layer_norm(z, u):
    d = z * u + z
    d = d - d.mean()
    return d / (d.square().mean() + 0.1).sqrt() * u


functions = {
    "elementwise": lambda z, u: (z.sin() * u).exp() + z.pow(3) * u,
    "activation": lambda z, u: F.gelu(z * u) + F.silu(z) * u.sigmoid() + (z * u).tanh(),
    "linear": lambda z, u: weights([2, 3], 0.2) @ (z * u),
    "layer": lambda z, u: F.linear(z.reshape(1, 3), weights([2, 3], 0.2) * u, u[:2]),
    "product": lambda z, u: outer(z, u) @ outer(u, z),
    "convolution": lambda z, u: F.conv1d(z.reshape(1, 1, 3), u[:2].reshape(1, 1, 2)).tanh(),
    "broadcast": lambda z, u: z.unsqueeze(1) * u + z,
    "reduction": lambda z, u: (z * u).sum() * z.mean() + (z * z + u).prod(),
    "variance": lambda z, u: z.var() * (z * u).logsumexp(0),
    # Through sqrt: PyTorch's norm has no third derivative under vmap ("modified by an inplace operation").
    "norm": lambda z, u: z / z.square().sum().sqrt() * u * (z * u).square().sum().sqrt(),
    "indexing": lambda z, u: z.index_select(0, torch.tensor([2, 0, 0])) * u + z[1] * u.flip(0) * z,
    "scatter": lambda z, u: torch.zeros(4).index_add(0, torch.tensor([1, 1, 3]), z * u * z),
    "order": lambda z, u: z.sort().values * u + z.cumsum(0) * z.max() + torch.maximum(z, u) * z,
    "choice": lambda z, u: torch.where(z > 0, z * u, z.exp()) + (z * u).clamp(-0.5, 0.5),
    "layerNorm": layer_norm,
    "batchNorm": batch_norm,
    "softmax": lambda z, u: (z * u).softmax(0),
    "crossEntropy": lambda z, u: F.cross_entropy(outer(z, u) + weights([3, 3], 0.6), torch.tensor([0, 2, 1])),
    "attention": attention,
    "inPlace": in_place,
    "straightThrough": lambda z, u: u * (z + (z.round() - z).detach()) * z.detach() + z * u.detach(),
    "noGrad": no_grad,
}

point, other = torch.tensor([0.4, -0.7, 1.1]), torch.tensor([0.9, 0.6, -0.5])


def nested(names, h):
    for name in reversed(names):
        h = transforms[name](h)
    return h


def result(names, mode, f):
    first, rest = names[0], names[1:]
    if mode == "passed":
        return nested(names, lambda z: f(z, other))(point)
    if mode == "captured":
        return transforms[first](lambda u: nested(rest, lambda z: f(z, u))(point))(other)
    return transforms[first](lambda u: nested(rest, lambda z: f(z, u))(u))(point)


def line(names, mode, chosen=None):
    parts = []
    for name, f in functions.items():
        if chosen is not None and name != chosen:
            continue
        y = result(names, mode, f).detach()
        assert torch.isfinite(y).all(), (names, mode, name)
        parts.append("%s %.10g %.10g" % ("x".join(map(str, y.shape)) or "-", y.abs().sum(), (y * weights(y.shape, 0.1)).sum()))
    head = "/".join(names) + " " + mode + ("" if chosen is None else " " + chosen)
    print(head + "|" + "|".join(parts))


modes = ["passed", "captured", "both"]
for a in transforms:
    for b in transforms:
        for mode in modes:
            line([a, b], mode)
draw = random.Random(16)
for _ in range(120):
    line([draw.choice(list(transforms)) for _ in range(3)], draw.choice(modes), draw.choice(list(functions)))
