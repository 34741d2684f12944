"""Trains 784-128-10 on the 10,000 digits with PyTorch and writes the loss of every step.

Usage: CHAINRULE_DATA=DIR python make_digits_losses.py > digits_losses.json

Seed 0, batches of 64 in shuffled order, SGD at 0.1, 3 epochs; once with one thread and once with two, whose distance is
what the order of a sum alone makes of this run.
"""
import gzip
import json
import os
import struct
import subprocess
import sys

import torch


def idx(name):
    with gzip.open(os.path.join(os.environ["CHAINRULE_DATA"], "mnist", name)) as file:
        data = file.read()
    rank = data[3]
    sizes = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    return torch.frombuffer(bytearray(data[4 + 4 * rank:]), dtype=torch.uint8).reshape(sizes)


def losses():
    images = idx("train-10k-images-idx3-ubyte.gz").to(torch.float32).div(255).reshape(-1, 784)
    labels = idx("train-10k-labels-idx1-ubyte.gz").to(torch.int64)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=64, shuffle=True)
    result = []
    for _ in range(3):
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            result.append(loss.item())
    return result


if len(sys.argv) > 1:
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps(losses()))
else:
    runs = [json.loads(subprocess.check_output([sys.executable, __file__, str(n)])) for n in (1, 2)]
    distance = [abs(a - b) / a for a, b in zip(*runs)]
    print(json.dumps({
        "torch": torch.__version__, "losses": runs[0],
        "threadDistance": max(distance), "threadDistanceFirst50": max(distance[:50])}))
