"""The workloads in PyTorch: eager mode, two threads. Usage: torch_workloads.py [--only NAME] [--seconds S]"""

import torch
from torch import nn
from torch.nn import functional as F

import measure

torch.set_num_threads(2)
torch.manual_seed(0)
workloads = {}


def workload(prepare):
    workloads[prepare.__name__] = prepare
    return prepare


def training(model, optimizer, inputs, target, loss=F.cross_entropy):
    def step():
        optimizer.zero_grad()
        loss(model(inputs), target).backward()
        optimizer.step()

    return step


def images(*shape):
    return torch.randn(*shape), torch.randint(10, shape[:1])


@workload
def add_one_element():
    a = torch.ones(1)

    @torch.no_grad()
    def step():
        a + a

    return step


@workload
def three_numbers_backward():
    x = torch.randn(3, requires_grad=True)

    def step():
        y = x + 2
        (y * y * 2).mean().backward()
        x.grad = None

    return step


@workload
def one_weight_step():
    w, x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0]), torch.tensor([4.0])

    def step():
        error = x * w - y
        (error * error).backward()
        w.data -= 0.01 * w.grad
        w.grad.zero_()

    return step


@workload
def twelve_weights_step():
    leaves = [torch.tensor(float(i), requires_grad=True) for i in range(1, 13)]
    x, y = torch.tensor(0.13), torch.tensor(0.13)

    def step():
        w, b = leaves[:8], leaves[8:]
        f, g = w[0] * x + w[1] * x + b[0], w[2] * x + w[3] * x + b[1]
        h, i = w[4] * f + w[5] * g + b[2], w[6] * f + w[7] * g + b[3]
        ((h + 2 * i - y) ** 2).backward()
        with torch.no_grad():
            for leaf in leaves:
                leaf -= 1e-9 * leaf.grad
                leaf.grad = None

    return step


@workload
def moons_mlp_step():
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    hinge = lambda score, sign: F.relu(1 - sign * score.squeeze(1)).mean()
    return training(model, torch.optim.SGD(model.parameters(), lr=0.01), torch.randn(100, 2), torch.randn(100).sign(), hinge)


def digits_mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


@workload
def mnist_mlp_b128_sgd():
    model = digits_mlp()
    return training(model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), *images(128, 784))


@workload
def mnist_mlp_b128_adam():
    model = digits_mlp()
    return training(model, torch.optim.Adam(model.parameters()), *images(128, 784))


@workload
def mnist_cnn_b64_adam():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    return training(model, torch.optim.Adam(model.parameters()), *images(64, 1, 28, 28))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


@workload
def resnet18_cifar_b8_sgd():
    layers = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for width in (64, 128, 256, 512):
        layers += [ResidualBlock(inputs, width, 1 if width == 64 else 2), ResidualBlock(width, width, 1)]
        inputs = width
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    return training(model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), *images(8, 3, 32, 32))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention = nn.ModuleList([nn.Linear(width, 3 * width), nn.Linear(width, width)])
        self.maps = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        batch, positions, width = x.shape
        parts = self.attention[0](self.norms[0](x)).view(batch, positions, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attention[1](seen.transpose(1, 2).reshape(x.shape))
        return x + self.maps(self.norms[1](x))


class Transformer(nn.Module):
    def __init__(self, vocabulary, context, layers, heads, width):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*[TransformerBlock(width, heads) for _ in range(layers)])
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False))

    def forward(self, tokens):
        return self.head(self.blocks(self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]))


def transformer(batch, context, layers, heads, width):
    model, tokens = Transformer(65, context, layers, heads, width), torch.randint(65, (2, batch, context))
    loss = lambda logits, target: F.cross_entropy(logits.flatten(0, 1), target.flatten())
    return training(model, torch.optim.AdamW(model.parameters()), tokens[0], tokens[1], loss)


@workload
def gpt_4x128_b12_t64_adamw():
    return transformer(12, 64, 4, 4, 128)


@workload
def gpt_6x384_b4_t256_adamw():
    return transformer(4, 256, 6, 6, 384)


@workload
def lstm_256_b32_t64():
    layer, x = nn.LSTM(64, 256, batch_first=True), torch.randn(32, 64, 64)

    def step():
        layer(x)[0].sum().backward()
        layer.zero_grad()

    return step


@workload
def gru_256_b32_t64():
    layer, x = nn.GRU(64, 256, batch_first=True), torch.randn(32, 64, 64)

    def step():
        layer(x)[0].sum().backward()
        layer.zero_grad()

    return step


@workload
def transformer_encoder_256_b16_t128():
    layer, x = nn.TransformerEncoderLayer(256, 8, batch_first=True), torch.randn(16, 128, 256)
    later = nn.Transformer.generate_square_subsequent_mask(128) < 0
    padding = torch.arange(128)[None] >= (128 - torch.arange(16) * 4)[:, None]

    def step():
        layer(x, src_mask=later, src_key_padding_mask=padding).sum().backward()
        layer.zero_grad()

    return step


@workload
def adam_25M():
    parameters = [torch.randn(1000, 1000, requires_grad=True) for _ in range(25)]
    for parameter in parameters:
        parameter.grad = torch.randn(1000, 1000)
    return torch.optim.Adam(parameters, fused=True).step


def of_leaf(function, *shape):
    x = torch.randn(*shape, requires_grad=True)

    def step():
        function(x).sum().backward()
        x.grad = None

    return step


@workload
def elementwise_chain_4M():
    return of_leaf(lambda x: (x * 2 + 1).tanh() * x, 4_000_000)


@workload
def layernorm_4096x1024():
    return of_leaf(lambda x: F.layer_norm(x, (1024,)), 4096, 1024)


@workload
def softmax_4096x1024():
    return of_leaf(lambda x: x.softmax(-1), 4096, 1024)


@workload
def matmul_1024():
    a, b = torch.randn(2, 1024, 1024)
    return lambda: a @ b


@workload
def hessian_rosen100():
    x = torch.randn(100)
    rosenbrock = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    return lambda: torch.func.hessian(rosenbrock)(x)


@workload
def deep_chain_100k():
    def step():
        leaf = torch.tensor(1.0, requires_grad=True)
        result = leaf
        for _ in range(100_000):
            result = result * 1.0
        result.backward()

    return step


if __name__ == "__main__":
    measure.run(workloads)
