"""What the scripts have in common: one thread, --small, the folder of data, and how a figure is written."""

import gzip
import os
import sys

import torch

torch.set_num_threads(1)
small = "--small" in sys.argv


def data(path):
    return os.path.join(os.environ["CHAINRULE_DATA"], path)


def report(figure, value):
    print(f"{figure}: {float(value.detach() if isinstance(value, torch.Tensor) else value):.9g}", flush=True)


def digits(part):
    """Images of [n, 1, 28, 28] from 0 to 1, and labels."""
    read = lambda kind, skip: gzip.open(data(f"mnist/{part}-{kind}-ubyte.gz")).read()[skip:]
    images = torch.frombuffer(bytearray(read("images-idx3", 16)), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(read("labels-idx1", 8)), dtype=torch.uint8)
    return images.view(-1, 1, 28, 28) / 255, labels.long()


class Shakespeare:
    """The text as numbers of characters; the last tenth is kept to test on."""

    def __init__(self):
        with open(data("tinyshakespeare.txt")) as file:
            text = file.read()
        self.characters = sorted(set(text))
        numbers = {c: i for i, c in enumerate(self.characters)}
        tokens = torch.tensor([numbers[c] for c in text])
        split = len(tokens) - len(tokens) // 10
        self.train, self.test = tokens[:split], tokens[split:]

    def batch(self, size, context):
        """Windows anywhere in the text, and the same one character later."""
        starts = torch.randint(0, len(self.train) - context, [size])
        rows = starts.unsqueeze(1) + torch.arange(context + 1)
        windows = self.train[rows]
        return windows[:, :-1], windows[:, 1:]

    def test_loss(self, loss_of, context, count):
        """The mean loss of the first `count` windows side by side."""
        rows = (torch.arange(count) * context).unsqueeze(1) + torch.arange(context + 1)
        windows = self.test[rows]
        with torch.no_grad():
            return sum(loss_of(w[:, :-1], w[:, 1:]).item() for w in windows.split(100)) / (count // 100)
