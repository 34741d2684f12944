"""A step of gpt_6x384_b4_t256_adamw under DistributedDataParallel with gloo: two processes of one thread, as
`CHAINRULE_THREADS=1 mpiexec -n 2 backprop bench --distributed` has them. Usage: torch_distributed.py [--steps N]"""

import argparse
import os
import statistics
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as processes
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from torch_workloads import Transformer


def run(rank, size, steps):
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=size)
    torch.manual_seed(0)
    model = DistributedDataParallel(Transformer(65, 256, 6, 6, 384))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    tokens = torch.randint(65, (2, 4, 256))

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(tokens[0]).flatten(0, 1), tokens[1].flatten()).backward()
        optimizer.step()

    def without_sums():
        with model.no_sync():
            step()

    ways, times = {"no_sync": without_sums, "with sums": step}, {"no_sync": [], "with sums": []}
    for way in ways.values():
        way()
    for _ in range(steps):
        for name, way in ways.items():
            dist.barrier()
            began = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - began)
    if rank == 0:
        for name, values in times.items():
            print(f"{name:12} {statistics.median(values) * 1e3:8.0f} ms")
    dist.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=7)
    arguments = parser.parse_args()
    processes.spawn(run, args=(2, arguments.steps), nprocs=2)
