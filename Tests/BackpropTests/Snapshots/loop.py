"""The loop of the lesson "The loop that learns", by PyTorch: python loop.py > loop.txt"""

import torch

w = torch.tensor([1.0], requires_grad=True)


def forward(x):
    return x * w


print("predict (before training)", 4, forward(4).item())
for epoch in range(20):
    for x, y in [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]:
        l = (forward(x) - y) ** 2
        l.backward()
        print("\tgrad: ", x, y, w.grad.item())
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
    print("progress:", epoch, l.item())
print("predict (after training)", 4, forward(4).item())
