#!/usr/bin/env python3
"""Write states of PyTorch's optimizers as files, and the training that goes on from them, into States/.

    pip install torch==2.13.0 numpy safetensors        (in a virtual environment outside the project)
    python3 make_optimizer_states.py

States/NAME.safetensors is the state after 3 steps on the loss, the sum of (p - target)^4, as Documentation/optimizer_state.py saves it.
States/runs.safetensors holds NAME/param.K, the parameters then, NAME/target.K, and NAME/after.STEP.K, those after each of 3 more steps.

    python3 make_optimizer_states.py DIR

goes on for 3 steps with PyTorch from the states DIR/NAME.safetensors, which a test writes where OPTIMIZER_STATES=DIR, and compares.
"""
import os, sys
import torch
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Documentation"))
import optimizer_state

OPTIMIZERS = [
    ("SGD", dict(lr=0.1, momentum=0.9)), ("Adam", dict(lr=0.01, amsgrad=True)), ("AdamW", dict(lr=0.01, betas=(0.8, 0.95))),
    ("RMSprop", dict(lr=0.01, centered=True, momentum=0.5)), ("Adagrad", dict(lr=0.1, lr_decay=0.1)), ("Adadelta", dict(rho=0.8)),
    ("Adamax", dict(lr=0.01)), ("NAdam", dict(lr=0.01)), ("RAdam", dict(lr=0.01, betas=(0.9, 0.9))), ("ASGD", dict(lr=0.1, t0=2)),
    ("Rprop", dict(lr=0.01)), ("Adafactor", dict(lr=0.01)), ("Muon", dict(lr=0.01)), ("LBFGS", dict(lr=0.5, max_iter=3)),
]


def make(name, options, params):
    groups = [{"params": params}] if name == "LBFGS" else [{"params": params[:1]}, {"params": params[1:], "lr": 0.02}]
    return getattr(torch.optim, name)(groups, **options)


def stepping(optimizer, params, targets):
    def closure():
        optimizer.zero_grad()
        loss = sum(((p - t) ** 4).sum() for p, t in zip(params, targets))
        loss.backward()
        return loss

    optimizer.step(closure)


def check(states):
    runs = load_file(os.path.join(HERE, "States", "runs.safetensors"))
    for name, options in OPTIMIZERS:
        params = [runs[f"{name}/param.{k}"].clone().requires_grad_() for k in range(2)]
        optimizer = make(name, options if name == "LBFGS" else {}, params)
        optimizer.load_state_dict(optimizer_state.load(os.path.join(states, name + ".safetensors")))
        worst = 0
        for step in range(3):
            stepping(optimizer, params, [runs[f"{name}/target.{k}"] for k in range(2)])
            worst = max([worst] + [(p - runs[f"{name}/after.{step}.{k}"]).abs().max().item() for k, p in enumerate(params)])
        print(f"{name}: the largest difference is {worst:.3g}")


def main():
    out = os.path.join(HERE, "States")
    os.makedirs(out, exist_ok=True)
    runs = {}
    for name, options in OPTIMIZERS:
        g = torch.Generator().manual_seed(7)
        rand = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
        params, targets = [rand(3, 2).requires_grad_(), rand(2, 2).requires_grad_()], [rand(3, 2), rand(2, 2)]
        optimizer = make(name, options, params)
        for step in range(6):
            if step == 3:
                optimizer_state.save(optimizer.state_dict(), os.path.join(out, name + ".safetensors"))
                runs.update({f"{name}/param.{k}": p.detach().clone() for k, p in enumerate(params)})
                runs.update({f"{name}/target.{k}": t for k, t in enumerate(targets)})
            stepping(optimizer, params, targets)
            if step >= 3:
                runs.update({f"{name}/after.{step - 3}.{k}": p.detach().clone() for k, p in enumerate(params)})
    save_file(runs, os.path.join(out, "runs.safetensors"))


check(sys.argv[1]) if sys.argv[1:] else main()
