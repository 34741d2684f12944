"""Writes what PyTorch gives for whole networks with fixed seeds and inputs, as compact JSON for the tests.

    python make_models.py FILE

The file was made with PyTorch 2.13.0 (CPU, x86-64). Networks start in float32 and run in float64. Of each parameter stand its shape, its
sum and its gradient's sum and sum of squares: enough to tell a wrong name, first value or gradient.
"""

import json
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    """The attention of a transformer's block; names here and below are GPT-2's."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, positions, width = x.shape
        q, k, v = (
            part.view(batch, positions, self.heads, width // self.heads).transpose(1, 2)
            for part in self.c_attn(x).split(width, 2)
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
        return self.c_proj(seen)


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, vocabulary, context, layers, heads, width):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.h = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        return self.lm_head(self.ln_f(self.h(self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1])))))


class Basic(nn.Module):
    """A residual network's block, its parts named as in torchvision's."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class Residual(nn.Module):
    def __init__(self, classes, small):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False) if small else nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        widths = [64, 64, 128, 256, 512]
        for i in range(1, 5):
            blocks = [Basic(widths[i - 1], widths[i], 1 if i == 1 else 2), Basic(widths[i], widths[i], 1)]
            setattr(self, f"layer{i}", nn.Sequential(*blocks))
        self.fc = nn.Linear(512, classes)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def wave(*shape):
    """Numbers both sides can make: sin of 0, 1, 2, ..."""
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float64).sin().reshape(shape)


def record(model, x, target):
    model.double()
    logits = model(x)
    loss = F.cross_entropy(logits.flatten(0, -2), target.flatten())
    loss.backward()
    return {
        "logits": logits.detach().flatten().tolist(),
        "loss": loss.item(),
        "parameters": [
            [name, list(p.shape), p.sum().item(), p.grad.sum().item(), p.grad.square().sum().item()]
            for name, p in model.named_parameters()
        ],
        "buffers": [[name, b.sum().item()] for name, b in model.named_buffers()],
    }


def transformer():
    torch.manual_seed(0)
    tokens = (torch.arange(15) * 5 + 3).reshape(3, 5) % 7
    return record(Transformer(7, 6, 2, 2, 8), tokens, (tokens + 1) % 7)


def residual(small, *shape):
    torch.manual_seed(0)
    return record(Residual(10, small), wave(*shape), torch.tensor([3, 7]))


json.dump(
    {"gpt": transformer(), "resnet18_cifar": residual(True, 2, 3, 16, 16), "resnet18": residual(False, 2, 3, 64, 48)},
    open(sys.argv[1], "w"),
    separators=(",", ":"),
)
