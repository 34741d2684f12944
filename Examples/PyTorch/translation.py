"""Dates are translated into one form: a GRU reads, another writes and looks at what was read (Bahdanau et al. 2015). The twin of
Sources/Translation."""

import torch
from torch import nn

from example import report, small

torch.manual_seed(0)
months = "january february march april may june july august september october november december".split()
source_characters, target_characters = " ,.0123456789abcdefghijklmnopqrstuvwxyz", "0123456789-<"
longest = 18


def dates(count):
    """[count, 18] characters of dates as people write them, their lengths, and [count, 11] of the same as 1998-03-12, after a `<`."""
    days, months_, years = torch.randint(1, 29, [count]), torch.randint(0, 12, [count]), torch.randint(1950, 2050, [count])
    sources, lengths, targets = [], [], []
    for day, month, year, form in zip(days.tolist(), months_.tolist(), years.tolist(), torch.randint(0, 4, [count]).tolist()):
        name = months[month]
        text = [f"{day} {name} {year}", f"{name} {day}, {year}", f"{day}.{month + 1}.{year}", f"{day} {name[:3]} {year % 100:02}"][form]
        lengths.append(len(text))
        sources.append([source_characters.index(c) for c in text.ljust(longest)])
        targets.append([target_characters.index(c) for c in f"<{year}-{month + 1:02}-{day:02}"])
    return torch.tensor(sources), torch.tensor(lengths), torch.tensor(targets)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.reads = nn.Embedding(len(source_characters), 32)
        self.encoder = nn.GRU(32, 64, batch_first=True)
        self.writes = nn.Embedding(len(target_characters), 32)
        self.decoder = nn.GRUCell(32 + 64, 64)
        self.query = nn.Linear(64, 64)
        self.head = nn.Linear(128, len(target_characters))

    def forward(self, source, lengths, target=None):
        """The scores of the ten characters; each is guessed from the right ones before it, or where there is no target from its own."""
        memory, state = self.encoder(self.reads(source))
        h = state[0]
        behind = torch.arange(longest) >= lengths.unsqueeze(1)
        token = torch.full([len(source)], target_characters.index("<"))
        scores = []
        context = torch.zeros(len(source), 64)
        for i in range(10):
            if target is not None:
                token = target[:, i]
            h = self.decoder(torch.cat([self.writes(token), context], 1), h)
            match = (memory @ self.query(h).unsqueeze(2)).squeeze(2).masked_fill(behind, float("-inf"))
            context = (match.softmax(1).unsqueeze(1) @ memory).squeeze(1)
            scores.append(self.head(torch.cat([h, context], 1)))
            token = scores[-1].argmax(1)
        return torch.stack(scores, 1)


model = Translator()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(10 if small else 600):
    source, lengths, target = dates(32)
    loss = nn.functional.cross_entropy(model(source, lengths, target).flatten(0, 1), target[:, 1:].flatten())
    if step == 0:
        report("first loss", loss)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
report("last loss", loss)
if not small:
    source, lengths, target = dates(500)
    with torch.no_grad():
        right = (model(source, lengths).argmax(2) == target[:, 1:]).all(1)
    report("dates without a mistake", right.float().mean())
