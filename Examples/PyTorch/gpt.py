"""A GPT with GPT-2's names, and, as a program, a checkpoint of GPT-2's shape with random weights and what a model gives for it.

Usage: gpt.py FILE.pt [VOCABULARY CONTEXT LAYERS HEADS WIDTH]      (GPT-2 itself: 50257 1024 12 12 768)
"""

import sys

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)

    def forward(self, x):
        batch, positions, width = x.shape
        q, k, v = self.c_attn(x).view(batch, positions, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(seen.transpose(1, 2).reshape(x.shape))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, layers, heads, width):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.h = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


if __name__ == "__main__":
    path, sizes = sys.argv[1], [int(a) for a in sys.argv[2:]] or [60, 16, 2, 2, 16]
    torch.manual_seed(0)
    vocabulary, context, layers, heads, width = sizes
    model = GPT(*sizes)
    for p in model.parameters():
        nn.init.normal_(p, std=0.1)
    # As Hugging Face keeps GPT-2: a prefix, maps with inputs first, the masks, and no head of its own.
    state = {}
    for name, tensor in model.state_dict().items():
        is_map = any(part in name for part in ("c_attn.weight", "c_proj.weight", "c_fc.weight"))
        if name != "lm_head.weight":
            state[f"transformer.{name}"] = tensor.t().contiguous() if is_map else tensor
    for i in range(layers):
        state[f"transformer.h.{i}.attn.bias"] = torch.tril(torch.ones(context, context)).view(1, 1, context, context)
    tokens = torch.randint(0, vocabulary, [2, min(context, 64)])
    with torch.no_grad():
        logits = model(tokens)
    torch.save({"model": state, "heads": heads, "tokens": tokens, "logits": logits}, path)
