"""A network that obeys an equation: the damped oscillator u'' + 2 d u' + (w^2) u = 0. The twin of Sources/Physics."""

import math

import torch
from torch import nn

from example import report, small

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
damping, frequency = 1.5, 6.0
model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3 if small else 3e-3)
times = torch.linspace(0, 1, 50).unsqueeze(1).requires_grad_()
start = torch.zeros(1, 1, requires_grad=True)


def loss_of():
    u0 = model(start)
    (v0,) = torch.autograd.grad(u0, start, create_graph=True)
    u = model(times)
    (v,) = torch.autograd.grad(u.sum(), times, create_graph=True)
    (a,) = torch.autograd.grad(v.sum(), times, create_graph=True)
    residual = a + 2 * damping * v + frequency**2 * u
    return ((u0 - 1) ** 2).sum() + 0.1 * (v0**2).sum() + 1e-4 * (residual**2).mean()


for step in range(200 if small else 6000):
    loss = loss_of()
    if step == 0:
        report("first loss", loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

t = times.detach()
w = math.sqrt(frequency**2 - damping**2)
solution = (-damping * t).exp() * ((w * t).cos() + damping / w * (w * t).sin())
report("last loss", loss.item())
report("largest error", (model(t) - solution).abs().max().item())
