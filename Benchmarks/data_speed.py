"""Times the reading of data here and in the Python packages people use, in turn, and prints a Markdown table.

    python Benchmarks/data_speed.py --folder FOLDER [--ours PATH] [--only images,tokens,csv] [--rounds 3]

Needs torch, torchvision, pandas, tokenizers and pillow in the Python that runs it. What is read is made once in FOLDER, from a seed: 2,000
PNG images of 256x256 in two classes, 10 MB of text with a byte-level BPE of 10,000 merges trained on it, a table of 200,000 rows and 100
columns. Each figure is the best of the rounds, the seconds of the reading alone, without the start of the process.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))


def make_images(folder):
    import numpy
    from PIL import Image

    random = numpy.random.default_rng(0)
    y, x = numpy.mgrid[0:256, 0:256] / 256
    for i in range(2000):
        # Smooth shapes with a little noise, of which PNG files become about as large as those of photographs.
        a, b, c = random.uniform(1, 8, 3)
        planes = [numpy.sin(a * x + k) * numpy.cos(b * y - k) + numpy.sin(c * (x + y)) for k in range(3)]
        pixels = numpy.stack(planes, -1) * 50 + 128 + random.integers(-4, 5, (256, 256, 3))
        place = f"{folder}/images/{'even' if i % 2 == 0 else 'odd'}"
        os.makedirs(place, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(f"{place}/{i:04}.png")


def make_tokens(folder):
    import numpy
    from tokenizers import ByteLevelBPETokenizer

    random = numpy.random.default_rng(1)
    letters, rate = "etaoinshrdlcumwfgypbvk", 1 / numpy.arange(2, 24)
    words = ["".join(random.choice(list(letters), random.integers(2, 11), p=rate / rate.sum())) for _ in range(40000)]
    share = 1 / numpy.arange(3, 40003)
    text, size = [], 0
    for word in random.choice(words, 2_000_000, p=share / share.sum()):
        text.append(word + random.choice([" ", " ", " ", " ", ", ", ". ", "\n"]))
        size += len(text[-1])
        if size > 10_000_000:
            break
    with open(f"{folder}/text.txt", "w") as file:
        file.write("".join(text))
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train([f"{folder}/text.txt"], vocab_size=10_256, show_progress=False)
    tokenizer.save_model(folder)


def make_csv(folder):
    import numpy

    random = numpy.random.default_rng(2)
    with open(f"{folder}/table.csv", "w") as file:
        file.write(",".join(f"x{i}" for i in range(100)) + "\n")
        for _ in range(200):
            for row in random.normal(size=(1000, 100)):
                file.write(",".join(f"{value:.6g}" for value in row) + "\n")


def peer_images(folder, workers):
    import torch
    from torchvision import datasets, transforms

    torch.set_num_threads(2)
    images = datasets.ImageFolder(
        f"{folder}/images",
        transforms.Compose(
            [
                transforms.RandomResizedCrop(160, antialias=True),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        ),
    )
    count, total = 0, 0.0
    for x, _ in torch.utils.data.DataLoader(images, batch_size=64, shuffle=True, num_workers=workers):
        count += len(x)
        total += x.mean().item()
    return f"{count} images, mean {total}"


def peer_tokens(folder, _):
    from tokenizers import ByteLevelBPETokenizer

    with open(f"{folder}/text.txt") as file:
        text = file.read()
    tokenizer = ByteLevelBPETokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt")
    return f"{len(tokenizer.encode(text).ids)} tokens"


def peer_csv(folder, _):
    import pandas
    import torch

    numbers = torch.tensor(pandas.read_csv(f"{folder}/table.csv", dtype="float32").to_numpy())
    return f"{list(numbers.shape)}, mean {numbers.mean().item()}"


makers = {"images": make_images, "tokens": make_tokens, "csv": make_csv}
imports = {"images": ["torch", "torchvision"], "tokens": ["tokenizers"], "csv": ["pandas", "torch"]}
peers = {"images": peer_images, "tokens": peer_tokens, "csv": peer_csv}
files = {"images": "images", "tokens": "merges.txt", "csv": "table.csv"}
titles = {
    "images": "2,000 PNGs: read, crop, resize, flip, normalise, {} workers (PyTorch's DataLoader)",
    "tokens": "10 MB of text to tokens, 10,000 merges, one thread (tokenizers)",
    "csv": "200,000 x 100 CSV to a tensor (pandas)",
}


def measure(who, name, options):
    command = [sys.executable, __file__, "--peer", name] if who == "peer" else [options.ours, "bench", "--json", "--only", name]
    command += ["--folder" if who == "peer" else "--data", options.folder, "--workers", str(options.workers)]
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(process.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--ours", default=f"{here}/../.build/release/backprop")
    parser.add_argument("--only", default="images,tokens,csv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer")
    options = parser.parse_args()
    if options.peer:
        for module in imports[options.peer]:
            importlib.import_module(module)
        began = time.perf_counter()
        what = peers[options.peer](options.folder, options.workers)
        print(json.dumps({"name": options.peer, "seconds": time.perf_counter() - began, "what": what}))
        return
    os.makedirs(options.folder, exist_ok=True)
    print("| what | ours | theirs | ours / theirs |\n|---|---:|---:|---:|")
    for name in options.only.split(","):
        if not os.path.exists(f"{options.folder}/{files[name]}"):
            makers[name](options.folder)
        best, what = {}, {}
        for _ in range(options.rounds):
            for who in ("ours", "peer"):
                got = measure(who, name, options)
                best[who], what[who] = min(best.get(who, got["seconds"]), got["seconds"]), got["what"]
        print(f"{name}: ours {what['ours']}; theirs {what['peer']}", file=sys.stderr)
        title, ours, peer = titles[name].format(options.workers), best["ours"], best["peer"]
        print(f"| {title} | {ours:.2f} s | {peer:.2f} s | {ours / peer:.2f} |", flush=True)


main()
