"""ResNet-18 learns digits; then a new head on its frozen body learns something else, odd and even. The twin of Sources/FineTuning."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from example import digits, report, small


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        downsample = None
        if stride != 1 or inputs != outputs:
            downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = downsample

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet18(nn.Module):
    """torchvision's, with the stem for small images (He et al. 2016, section 4.2)."""

    def __init__(self, classes, channels):
        super().__init__()
        stage = lambda inputs, outputs, stride: nn.Sequential(BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1))
        self.conv1, self.bn1 = nn.Conv2d(channels, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64)
        self.layer1, self.layer2 = stage(64, 64, 1), stage(64, 128, 2)
        self.layer3, self.layer4 = stage(128, 256, 2), stage(256, 512, 2)
        self.fc = nn.Linear(512, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, x):
        x = self.bn1(self.conv1(x)).relu()
        return self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean([2, 3])

    def forward(self, x):
        return self.fc(self.features(x))


torch.manual_seed(0)
train, test = digits("train-10k"), digits("t10k")
learned, tested, batch, tuned = (64, 32, 16, 32) if small else (10_000, 2000, 64, 1000)
pad = lambda images: nn.functional.pad(images, [2, 2, 2, 2])
train = TensorDataset(pad(train[0][:learned]), train[1][:learned])
test = TensorDataset(pad(test[0][:tested]), test[1][:tested])


def accuracy(model, target):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == target(y)).sum().item() for x, y in DataLoader(test, batch_size=100))
    return hits / len(test)


model = ResNet18(10, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
first = None
for x, y in DataLoader(train, batch_size=batch, shuffle=True):
    loss = nn.functional.cross_entropy(model(x), y)
    first = first or loss.item()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
report("first loss", first)
report("last loss", loss)
report("accuracy of ten digits", accuracy(model, lambda y: y))

for p in model.parameters():
    p.requires_grad = False
model.fc = nn.Linear(512, 2)
optimizer = torch.optim.Adam(model.fc.parameters(), lr=1e-2)
model.eval()
for x, y in DataLoader(TensorDataset(*train[:tuned]), batch_size=batch, shuffle=True):
    loss = nn.functional.cross_entropy(model(x), y % 2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
report("last loss of the new head", loss)
report("accuracy of odd and even", accuracy(model, lambda y: y % 2))
