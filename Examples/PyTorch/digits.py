"""A convolutional network reads digits. The twin of Sources/Digits."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from example import digits, report, small

torch.manual_seed(0)
train, test = digits("train-10k"), digits("t10k")
if small:
    train, test = [t[:640] for t in train], [t[:500] for t in test]
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
)
optimizer = torch.optim.Adam(model.parameters())
first = None
for epoch in range(1 if small else 5):
    for x, y in DataLoader(TensorDataset(*train), batch_size=64, shuffle=True):
        loss = nn.functional.cross_entropy(model(x), y)
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    hits = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(TensorDataset(*test), batch_size=500))
report("first loss", first)
report("test accuracy", hits / len(test[1]))
