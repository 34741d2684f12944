"""A deep Q-network balances a pole on a cart (Mnih et al. 2015; Barto et al. 1983). The twin of Sources/DQN."""

import math
import statistics

import torch
from torch import nn
from torch.nn import functional as F

from example import report, small


class CartPole:
    """The equations of motion of Barto, Sutton and Anderson (1983), by Euler's method in steps of 0.02 s; an episode ends after 200."""

    def reset(self):
        self.state, self.steps = (torch.rand(4) * 0.1 - 0.05).tolist(), 0
        return self.state

    def step(self, action):
        x, v, angle, spin = self.state
        force = 10.0 if action == 1 else -10.0
        push = (force + 0.05 * spin * spin * math.sin(angle)) / 1.1
        turn = (9.8 * math.sin(angle) - math.cos(angle) * push) / (0.5 * (4.0 / 3.0 - 0.1 * math.cos(angle) ** 2 / 1.1))
        slide = push - 0.05 * turn * math.cos(angle) / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * slide, angle + 0.02 * spin, spin + 0.02 * turn]
        self.steps += 1
        fell = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * math.pi / 180
        return self.state, fell, fell or self.steps == 200


def network():
    return nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))


def episodes_to_solve(seed, most, measured):
    """How many episodes it takes until the last 100 lasted 195 steps on average."""
    torch.manual_seed(seed)
    q, target = network(), network()
    target.load_state_dict(q.state_dict())
    optimizer = torch.optim.Adam(q.parameters(), lr=5e-4)
    capacity, batch, world = 20_000, 64, CartPole()
    states, nexts = torch.zeros(capacity, 4), torch.zeros(capacity, 4)
    actions, goes_on = torch.zeros(capacity, dtype=torch.int64), torch.zeros(capacity)
    steps, lengths = 0, []
    while len(lengths) < most:
        state, done = world.reset(), False
        while not done:
            explores = torch.rand(1).item() < max(0.02, 1 - steps / 5000)
            if explores:
                action = torch.randint(0, 2, [1]).item()
            else:
                with torch.no_grad():
                    action = q(torch.tensor([state])).argmax(1).item()
            next_state, fell, done = world.step(action)
            i = steps % capacity
            states[i], nexts[i] = torch.tensor(state), torch.tensor(next_state)
            actions[i], goes_on[i] = action, 0.0 if fell else 1.0
            state, steps = next_state, steps + 1
            if steps >= 200:
                rows = torch.randint(0, min(steps, capacity), [batch])
                with torch.no_grad():
                    best = q(nexts[rows]).argmax(1, keepdim=True)
                    goal = 1 + 0.99 * goes_on[rows] * target(nexts[rows]).gather(1, best).squeeze(1)
                loss = F.smooth_l1_loss(q(states[rows]).gather(1, actions[rows].unsqueeze(1)).squeeze(1), goal)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                measured.append(loss.item())
            if steps % 200 == 0:
                target.load_state_dict(q.state_dict())
        lengths.append(world.steps)
        if len(lengths) >= 100 and statistics.mean(lengths[-100:]) >= 195:
            break
    return len(lengths), steps


losses = []
if small:
    _, steps = episodes_to_solve(0, 15, losses)
    report("first loss", losses[0])
    report("steps of 15 episodes", steps)
else:
    import sys

    counts = []
    for seed in range(10):
        counts.append(episodes_to_solve(seed, 1000, losses)[0])
        print(f"seed {seed}: {counts[-1]} episodes", file=sys.stderr)
    report("first loss", losses[0])
    report("median episodes of 10 seeds", statistics.median(counts))
