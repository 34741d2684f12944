"""Two networks play against each other: one draws digits, one tells them from real ones (Radford et al. 2016). The twin of Sources/DCGAN."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as loss_of
from torch.utils.data import DataLoader, TensorDataset

from example import digits, report, small

torch.manual_seed(0)
images, labels = digits("train-10k")
count, batch = (320, 32) if small else (9984, 64)
generator = nn.Sequential(
    nn.ConvTranspose2d(64, 64, 7, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
    nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
    nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1, bias=False), nn.Tanh(),
)
discriminator = nn.Sequential(
    nn.Conv2d(1, 32, 4, stride=2, padding=1, bias=False), nn.LeakyReLU(0.2),
    nn.Conv2d(32, 64, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
    nn.Conv2d(64, 1, 7, bias=False), nn.Flatten(),
)
for module in [*generator, *discriminator]:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
of_generator = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
real, drawn = torch.ones(batch, 1), torch.zeros(batch, 1)
losses = []
for epoch in range(1 if small else 3):
    for x, _ in DataLoader(TensorDataset(images[:count] * 2 - 1, labels[:count]), batch_size=batch, shuffle=True):
        fake = generator(torch.randn(batch, 64, 1, 1))
        loss_d = loss_of(discriminator(x), real) + loss_of(discriminator(fake.detach()), drawn)
        of_discriminator.zero_grad()
        loss_d.backward()
        of_discriminator.step()
        loss_g = loss_of(discriminator(fake), real)
        of_generator.zero_grad()
        loss_g.backward()
        of_generator.step()
        losses.append((loss_d.item(), loss_g.item()))
last = losses[-len(losses) // 3 :]
report("first loss of the discriminator", losses[0][0])
report("first loss of the generator", losses[0][1])
report("mean loss of the discriminator at the end", sum(d for d, _ in last) / len(last))
report("mean loss of the generator at the end", sum(g for _, g in last) / len(last))
