"""An LSTM learns to write like Shakespeare, a character at a time (Karpathy 2015). The twin of Sources/CharacterRNN."""

import torch
from torch import nn

from example import Shakespeare, report, small

torch.manual_seed(0)
text = Shakespeare()
vocabulary, context = len(text.characters), 64


class CharacterRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 64)
        self.lstm = nn.LSTM(64, 128, num_layers=2, batch_first=True)
        self.head = nn.Linear(128, vocabulary)

    def forward(self, x, state=None):
        output, state = self.lstm(self.embedding(x), state)
        return self.head(output), state


model = CharacterRNN()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)


def loss_of(x, y):
    return nn.functional.cross_entropy(model(x)[0].flatten(0, 1), y.flatten())


for step in range(20 if small else 2000):
    loss = loss_of(*text.batch(32, context))
    if step == 0:
        report("first loss", loss)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
report("test loss", text.test_loss(loss_of, context, 100 if small else 1000))
