"""Writes loading.json: orders and random numbers of PyTorch's for seeds.

    python make_loading.py
"""
import json, os
import torch
from torch.utils.data import *


class Drawing(Dataset):
    """Samples drawn at random: what a worker's generator gives."""
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return torch.rand(())


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


def twice(sampler):
    return [list(sampler), list(sampler)]


def main():
    n = range(10)
    weights = [0.1, 0.0, 3.0, 0.5, 1.0, 2.0]
    out = {
        "split": [list(s.indices) for s in random_split(n, [3, 5, 2], generator=seeded(42))],
        "fractions": [list(s.indices) for s in random_split(n, [0.35, 0.35, 0.3], generator=seeded(42))],
        "random": twice(RandomSampler(n, generator=seeded())),
        "random 25": twice(RandomSampler(n, num_samples=25, generator=seeded())),
        "replacement": twice(RandomSampler(n, replacement=True, num_samples=70, generator=seeded())),
        "subset": twice(SubsetRandomSampler([4, 7, 9, 1], generator=seeded())),
        "weighted": twice(WeightedRandomSampler(weights, 12, generator=seeded())),
        "weighted without": twice(WeightedRandomSampler(weights, 5, replacement=False, generator=seeded())),
        "batch": list(BatchSampler(RandomSampler(n, generator=seeded()), 4, False)),
    }
    for drop in (False, True):
        for rank in range(3):
            sampler = DistributedSampler(n, 3, rank, seed=5, drop_last=drop)
            sampler.set_epoch(2)
            out[f"distributed {rank} {drop}"] = list(sampler)
    out["distributed small"] = list(DistributedSampler(range(2), 5, 4, shuffle=False))
    torch.manual_seed(7)
    out["default random"] = twice(RandomSampler(n))
    torch.manual_seed(7)
    out["loader sampler"] = [b.tolist() for _ in range(2) for b in DataLoader(torch.arange(10), batch_size=4, sampler=RandomSampler(n))]
    for name, options in {"workers": {}, "persistent": {"persistent_workers": True}}.items():
        torch.manual_seed(7)
        loader = DataLoader(Drawing(), batch_size=1, num_workers=2, **options)
        out[name] = [b.item() for _ in range(2) for b in loader]
    p = torch.tensor([[0.1, 0.2, 0.3, 0.4], [3.0, 0.0, 1.0, 1.0]])
    for name, call in {
        "multinomial one": lambda: torch.multinomial(p, 1), "multinomial two": lambda: torch.multinomial(p, 2),
        "multinomial replacement": lambda: torch.multinomial(p, 9, True),
        "multinomial double": lambda: torch.multinomial(p.double(), 9, True),
        "multinomial vector": lambda: torch.multinomial(p[0].double(), 3),
        "bernoulli": lambda: torch.bernoulli(torch.linspace(0, 1, 24)), "bernoulli double": lambda: torch.bernoulli(torch.linspace(0, 1, 24).double()),
        "normal both": lambda: torch.normal(torch.arange(5.0), torch.linspace(0, 2, 5)),
        "normal mean": lambda: torch.normal(torch.arange(5.0), 0.5), "normal std": lambda: torch.normal(1.5, torch.linspace(0, 2, 5)),
        "rand_like": lambda: torch.rand_like(p), "randn_like": lambda: torch.randn_like(p), "randint_like": lambda: torch.randint_like(p, 3, 20),
    }.items():
        torch.manual_seed(11)
        out[name] = call().flatten().tolist()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "loading.json"), "w") as f:
        json.dump(out, f)


if __name__ == "__main__":
    main()
