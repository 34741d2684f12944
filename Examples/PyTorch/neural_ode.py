"""A neural ODE learns a spiral (Chen et al. 2018). The twin of Sources/NeuralODE."""

import torch
from torch import nn

from example import report, small

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
matrix = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
start = torch.tensor([[2.0, 0.0]])


def solve(field, y, times):
    """Runge and Kutta's method of fourth order, a step from each time to the next."""
    states = [y]
    for i in range(len(times) - 1):
        h = times[i + 1] - times[i]
        k1 = field(y)
        k2 = field(y + h / 2 * k1)
        k3 = field(y + h / 2 * k2)
        k4 = field(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(y)
    return torch.stack(states)


model = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))
field = lambda y: model(y**3)
points = 1000
times = torch.linspace(0, 25, points).tolist()
with torch.no_grad():
    truth = solve(lambda y: y**3 @ matrix, start, times)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
batch, length = 20, 10
for step in range(30 if small else 2000):
    begins = torch.randperm(points - length)[:batch]
    target = torch.stack([truth[begins + i] for i in range(length)])
    loss = (solve(field, truth[begins], times[:length]) - target).abs().mean()
    if step == 0:
        report("first loss", loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    report("error of the path", (solve(field, start, times) - truth).abs().mean().item())
