"""A small network learns two moons. The twin of Sources/Quickstart."""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from example import report, small

torch.manual_seed(0)
count = 1000
angle = torch.rand(count) * math.pi
side = torch.randint(0, 2, [count])
x0 = torch.where(side == 0, angle.cos(), 1 - angle.cos())
x1 = torch.where(side == 0, angle.sin(), 0.5 - angle.sin())
points = torch.stack([x0, x1], 1) + 0.2 * torch.randn(count, 2)

model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loss_of = nn.CrossEntropyLoss()
loader = DataLoader(TensorDataset(points[:800], side[:800]), batch_size=32, shuffle=True)
first = None
for epoch in range(5 if small else 40):
    for x, y in loader:
        loss = loss_of(model(x), y)
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    logits = model(points[800:])
report("first loss", first)
report("test loss", loss_of(logits, side[800:]))
report("test accuracy", (logits.argmax(1) == side[800:]).float().mean())
