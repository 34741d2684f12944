"""A variational autoencoder of digits (Kingma and Welling 2014). The twin of Sources/VAE."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from example import digits, report, small

torch.manual_seed(0)
train, test = digits("train-10k"), digits("t10k")
if small:
    train, test = [t[:1280] for t in train], [t[:512] for t in test]


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def loss(self, x):
        x = x.view(-1, 784)
        h = self.fc1(x).relu()
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        y = self.fc4(self.fc3(z).relu()).sigmoid()
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        return F.binary_cross_entropy(y, x, reduction="sum") + divergence


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
first = None
for epoch in range(1 if small else 5):
    for x, _ in DataLoader(TensorDataset(*train), batch_size=128, shuffle=True):
        loss = model.loss(x)
        first = first or loss.item() / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    total = sum(model.loss(x).item() for x, _ in DataLoader(TensorDataset(*test), batch_size=128))
report("first loss", first)
report("test loss", total / len(test[0]))
