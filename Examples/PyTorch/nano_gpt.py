"""GPT as in nanoGPT: tied weights, small first values, warm-up and cosine, decay of matrices only. The twin of Sources/NanoGPT."""

import math

import torch

from example import Shakespeare, report, small
from gpt import GPT

torch.manual_seed(0)
text = Shakespeare()
vocabulary, context, layers = len(text.characters), 64, 4
model = GPT(vocabulary, context, layers, heads=4, width=128)
for name, p in model.named_parameters():
    if p.dim() > 1:
        torch.nn.init.normal_(p, std=0.02 / math.sqrt(2 * layers) if name.endswith("c_proj.weight") else 0.02)
    elif name.endswith("bias"):
        torch.nn.init.zeros_(p)
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0},
]
steps, warm_up = 20 if small else 2000, 5 if small else 100
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))


def factor(step):
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def loss_of(x, y):
    return torch.nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())


for step in range(steps):
    loss = loss_of(*text.batch(12, context))
    if step == 0:
        report("first loss", loss)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
report("test loss", text.test_loss(loss_of, context, 100 if small else 1000))
