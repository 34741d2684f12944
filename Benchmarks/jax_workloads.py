"""The workloads in JAX, compiled; what it has no counterpart for is left out. Usage: jax_workloads.py [--only NAME] [--seconds S]"""

import functools

import jax
import jax.numpy as jnp
import optax
from jax import lax, nn, random

import measure

keys = iter(random.split(random.PRNGKey(0), 4096))
workloads = {}


def workload(prepare):
    workloads[prepare.__name__] = prepare
    return prepare


def normal(*shape):
    return random.normal(next(keys), shape)


def uniform(inputs, *shape):
    return random.uniform(next(keys), shape, minval=-(inputs**-0.5), maxval=inputs**-0.5)


def integers(limit, *shape):
    return random.randint(next(keys), shape, 0, limit)


def cross_entropy(logits, target):
    return optax.softmax_cross_entropy_with_integer_labels(logits, target).mean()


def training(apply, parameters, optimizer, inputs, target, loss=cross_entropy):
    @jax.jit
    def update(parameters, state, inputs, target):
        gradient = jax.grad(lambda p: loss(apply(p, inputs), target))(parameters)
        change, state = optimizer.update(gradient, state, parameters)
        return optax.apply_updates(parameters, change), state

    standing = [(parameters, optimizer.init(parameters))]

    def step():
        standing[0] = update(*standing[0], inputs, target)
        return standing[0]

    return step


def affine(inputs, outputs):
    return uniform(inputs, inputs, outputs), uniform(inputs, outputs)


def mlp(*widths):
    return [affine(a, b) for a, b in zip(widths, widths[1:])]


def apply_mlp(parameters, x):
    for w, b in parameters[:-1]:
        x = nn.relu(x @ w + b)
    w, b = parameters[-1]
    return x @ w + b


@workload
def add_one_element():
    a = jnp.ones(1)
    return lambda: a + a


@workload
def three_numbers_backward():
    gradient, x = jax.jit(jax.value_and_grad(lambda x: ((x + 2) ** 2 * 2).mean())), normal(3)
    return lambda: gradient(x)


@workload
def one_weight_step():
    update = jax.jit(lambda w, x, y: w - 0.01 * jax.grad(lambda w: (x * w - y) ** 2)(w))
    return lambda: update(1.0, 2.0, 4.0)


@workload
def twelve_weights_step():
    def error(p, x, y):
        f, g = p[0] * x + p[1] * x + p[8], p[2] * x + p[3] * x + p[9]
        h, i = p[4] * f + p[5] * g + p[10], p[6] * f + p[7] * g + p[11]
        return (h + 2 * i - y) ** 2

    update = jax.jit(lambda p, x, y: [a - 1e-9 * d for a, d in zip(p, jax.grad(error)(p, x, y))])
    leaves = [jnp.float32(i) for i in range(1, 13)]
    return lambda: update(leaves, 0.13, 0.13)


@workload
def moons_mlp_step():
    hinge = lambda score, sign: nn.relu(1 - sign * score[:, 0]).mean()
    return training(apply_mlp, mlp(2, 16, 16, 1), optax.sgd(0.01), normal(100, 2), jnp.sign(normal(100)), hinge)


@workload
def mnist_mlp_b128_sgd():
    return training(apply_mlp, mlp(784, 512, 512, 10), optax.sgd(0.01, momentum=0.9), normal(128, 784), integers(10, 128))


@workload
def mnist_mlp_b128_adam():
    return training(apply_mlp, mlp(784, 512, 512, 10), optax.adam(1e-3), normal(128, 784), integers(10, 128))


@workload
def mnist_cnn_b64_adam():
    def apply(parameters, x):
        for w, b in parameters["filters"]:
            x = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
            x = lax.reduce_window(nn.relu(x), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return apply_mlp(parameters["maps"], x.reshape(len(x), -1))

    filters = [(uniform(9 * a, 3, 3, a, b), uniform(9 * a, b)) for a, b in ((1, 32), (32, 64))]
    parameters = {"filters": filters, "maps": mlp(3136, 128, 10)}
    return training(apply, parameters, optax.adam(1e-3), normal(64, 28, 28, 1), integers(10, 64))


def layer_norm(x, scale=1.0, shift=0.0):
    centered = x - x.mean(-1, keepdims=True)
    return centered * lax.rsqrt((centered**2).mean(-1, keepdims=True) + 1e-5) * scale + shift


def transformer(batch, context, layers, heads, width):
    def block(x, p):
        norms, (wide, out, up, down) = p
        q, k, v = jnp.moveaxis((layer_norm(x, *norms[0]) @ wide[0] + wide[1]).reshape(batch, context, 3, heads, -1), 2, 0)
        scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) * (width // heads) ** -0.5
        scores = jnp.where(jnp.tril(jnp.ones((context, context), bool)), scores, -jnp.inf)
        seen = jnp.einsum("bhqk,bkhd->bqhd", nn.softmax(scores), v).reshape(x.shape)
        x = x + seen @ out[0] + out[1]
        return x + nn.gelu(layer_norm(x, *norms[1]) @ up[0] + up[1], approximate=False) @ down[0] + down[1]

    def apply(p, tokens):
        x = p["tokens"][tokens] + p["positions"]
        for one in p["blocks"]:
            x = block(x, one)
        return layer_norm(x, *p["norm"]) @ p["head"]

    norm = lambda: (jnp.ones(width), jnp.zeros(width))
    maps = lambda: tuple(affine(a * width, b * width) for a, b in ((1, 3), (1, 1), (1, 4), (4, 1)))
    parameters = {
        "tokens": normal(65, width), "positions": normal(context, width), "norm": norm(), "head": uniform(width, width, 65),
        "blocks": [((norm(), norm()), maps()) for _ in range(layers)],
    }
    return training(apply, parameters, optax.adamw(1e-3), integers(65, batch, context), integers(65, batch, context))


@workload
def gpt_4x128_b12_t64_adamw():
    return transformer(12, 64, 4, 4, 128)


@workload
def gpt_6x384_b4_t256_adamw():
    return transformer(4, 256, 6, 6, 384)


@workload
def lstm_256_b32_t64():
    def outputs(p, x):
        def step(state, z):
            h, c = state
            i, f, g, o = jnp.split(z + h @ p["w"], 4, -1)
            c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
            h = nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((32, 256))
        return lax.scan(step, (zero, zero), jnp.swapaxes(x, 0, 1) @ p["u"] + p["b"])[1].sum()

    parameters = {"u": uniform(256, 64, 1024), "w": uniform(256, 256, 1024), "b": uniform(256, 1024)}
    gradient, x = jax.jit(jax.grad(outputs)), normal(32, 64, 64)
    return lambda: gradient(parameters, x)


def of_leaf(function, *shape):
    gradient, x = jax.jit(jax.grad(lambda x: function(x).sum())), normal(*shape)
    return lambda: gradient(x)


@workload
def elementwise_chain_4M():
    return of_leaf(lambda x: jnp.tanh(x * 2 + 1) * x, 4_000_000)


@workload
def layernorm_4096x1024():
    return of_leaf(layer_norm, 4096, 1024)


@workload
def softmax_4096x1024():
    return of_leaf(nn.softmax, 4096, 1024)


@workload
def matmul_1024():
    product, a, b = jax.jit(jnp.matmul), normal(1024, 1024), normal(1024, 1024)
    return lambda: product(a, b)


@workload
def hessian_rosen100():
    rosenbrock = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    hessian, x = jax.jit(jax.hessian(rosenbrock)), normal(100)
    return functools.partial(hessian, x)


if __name__ == "__main__":
    measure.run(workloads, settle=jax.block_until_ready)
