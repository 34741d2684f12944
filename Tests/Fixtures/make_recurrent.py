"""Writes what PyTorch's recurrent layers give for fixed seeds and inputs, as compact JSON for the tests.

    python make_recurrent.py FILE

The file was made with PyTorch 2.13.0 (CPU, x86-64). Layers start in float32 and run in float64.
"""

import json
import sys

import torch
import torch.nn as nn


def wave(*shape):
    """Numbers both sides can make: sin of 0, 1, 2, ..."""
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float64).sin().reshape(shape)


def array(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()}


def weighted(tensor):
    """A number that tells a wrong value or a wrong place."""
    return (tensor.detach() * wave(*tensor.shape)).sum().item()


def record(layer, shape, starts=None):
    """The layer's outputs and last states, and all gradients of a sum weighted by the wave."""
    layer.double()
    x = wave(*shape).requires_grad_()
    states = None if starts is None else tuple((wave(*s) / (i + 2)).requires_grad_() for i, s in enumerate(starts))
    output, end = layer(x, states) if states else layer(x)
    loss = sum((t * wave(*t.shape)).sum() for t in (output, *end))
    loss.backward()
    return {
        "text": repr(layer),
        "output": array(output),
        "end": [array(t) for t in end],
        "dx": array(x.grad),
        "dstates": [array(t.grad) for t in states or ()],
        "parameters": [[name, list(p.shape), weighted(p), weighted(p.grad)] for name, p in layer.named_parameters()],
    }


torch.manual_seed(0)
rows = {
    "plain": record(nn.LSTM(3, 4), (5, 2, 3)),
    "two layers": record(nn.LSTM(2, 3, num_layers=2, batch_first=True), (2, 4, 2), [(2, 2, 3)] * 2),
    "both ways": record(nn.LSTM(2, 3, num_layers=2, bidirectional=True, bias=False), (3, 2, 2), [(4, 2, 3)] * 2),
    "projected": record(nn.LSTM(3, 4, proj_size=2, bidirectional=True), (3, 2, 3), [(2, 2, 2), (2, 2, 4)]),
    "one example": record(nn.LSTM(2, 3, dropout=0.0), (4, 2), [(1, 3)] * 2),
    "wide": record(nn.LSTM(2, 35), (3, 5, 2)),
}
json.dump(rows, open(sys.argv[1], "w"), separators=(",", ":"))
