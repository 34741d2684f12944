"""A transformer says which word comes next, with PyTorch's own layers, masks and dropout. The twin of Sources/TransformerLM."""

import math
from collections import Counter

import torch
from torch import nn

from example import data, report, small

torch.manual_seed(0)
with open(data("tinyshakespeare.txt")) as file:
    words = file.read().split()
counts = Counter(words)
vocabulary = ["<unk>"] + [w for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= 5]
numbers = {w: i for i, w in enumerate(vocabulary)}
tokens = torch.tensor([numbers.get(w, 0) for w in words])
split = len(tokens) - len(tokens) // 10
train, test, context, size = tokens[:split], tokens[split:], 32, 128


def positions(count):
    angles = torch.arange(count).unsqueeze(1) * torch.exp(torch.arange(0, size, 2) * (-math.log(10000.0) / size))
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)


class TransformerLM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(vocabulary), size)
        self.dropout = nn.Dropout(0.1)
        layer = nn.TransformerEncoderLayer(size, 4, 256, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(size, len(vocabulary))
        self.places = positions(context)
        self.later = nn.Transformer.generate_square_subsequent_mask(context)

    def forward(self, x):
        x = self.dropout(self.embedding(x) * math.sqrt(size) + self.places)
        return self.head(self.encoder(x, mask=self.later, is_causal=True))


model = TransformerLM()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def loss_of(windows):
    return nn.functional.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())


for step in range(10 if small else 500):
    starts = torch.randint(0, len(train) - context, [16])
    loss = loss_of(train[starts.unsqueeze(1) + torch.arange(context + 1)])
    if step == 0:
        report("first loss", loss)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
model.eval()
with torch.no_grad():
    windows = test[(torch.arange(400) * context).unsqueeze(1) + torch.arange(context + 1)]
    report("test loss", sum(loss_of(w) for w in windows.split(100)) / 4)
