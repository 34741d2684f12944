"""Writes images.json: PNG files of every colour type, depth, interlacing and filter, written here by the text of the standard from known
samples, and what PIL and torchvision read of them; and a JPEG with what PIL reads.

    python make_images.py            # writes beside itself
    python make_images.py FILE.png   # prints shape and sum of a file as PIL reads it
"""
import base64, io, json, os, random, struct, sys, zlib
import numpy as np
import torch, torchvision
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pack(row, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in row)
    if depth == 8:
        return bytes(row)
    bits = "".join(format(v, f"0{depth}b") for v in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(rows, size, rng):
    out, above = b"", None
    for row in rows:
        kind = rng.randrange(5)
        prior = above or bytes(len(row))
        line = bytearray([kind])
        for i, x in enumerate(row):
            a = row[i - size] if i >= size else 0
            b = prior[i]
            c = prior[i - size] if i >= size else 0
            p = a + b - c
            paeth = min([a, b, c], key=lambda v: abs(p - v))
            line.append((x - [0, a, b, (a + b) // 2, paeth][kind]) % 256)
        out += bytes(line)
        above = row
    return out


def png(samples, colour, depth, interlaced, rng, palette=None, clear=None, pieces=1):
    h, w, c = samples.shape
    size = max(c * depth // 8, 1)
    data = b""
    for x, y, dx, dy in PASSES if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered([pack(row.flatten().tolist(), depth) for row in part], size, rng)
    packed = zlib.compress(data)
    cut = [len(packed) * i // pieces for i in range(pieces + 1)]
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced)) + chunk(b"gAMA", b"\0\0\xb1\x8f")
            + (chunk(b"PLTE", bytes(palette)) if palette else b"") + (chunk(b"tRNS", clear) if clear else b"")
            + b"".join(chunk(b"IDAT", packed[a:b]) for a, b in zip(cut, cut[1:])) + chunk(b"tEXt", b"a\0b") + chunk(b"IEND", b""))


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def case(name, samples, colour, depth, interlaced, rng, clear=None, pieces=1):
    h, w, _ = samples.shape
    palette = alpha = None
    if colour == 3:
        palette = [rng.randrange(256) for _ in range(3 * 2**depth)]
        full = np.array(palette, dtype=np.uint8).reshape(-1, 3)[samples[..., 0]]
        if clear:
            table = list(clear) + [255] * (2**depth - len(clear))
            alpha = np.array(table, dtype=np.uint8)[samples[..., 0]][..., None]
    else:
        full = samples if depth >= 8 else samples * (255 // (2**depth - 1))
        if clear:
            key = np.array(struct.unpack(f">{len(clear) // 2}H", clear))
            alpha = np.where((samples == key).all(-1), 0, 65535 if depth == 16 else 255)[..., None]
    if alpha is not None:
        full = np.concatenate([full, alpha], -1)
    data = png(samples, colour, depth, interlaced, rng, palette, clear, pieces)
    full = full.astype(np.uint16 if depth == 16 else np.uint8)
    if depth >= 8 and not clear and colour != 3:
        other = torchvision.io.decode_image(torch.frombuffer(bytearray(data), dtype=torch.uint8), torchvision.io.ImageReadMode.UNCHANGED)
        assert (other.permute(1, 2, 0).numpy() == full).all(), name
    image = Image.open(io.BytesIO(data))
    result = {"name": name, "png": base64.b64encode(data).decode(), "shape": [full.shape[2], h, w], "is16": depth == 16,
              "unchanged": text(full.transpose(2, 0, 1))}
    if depth < 16 and not clear:
        rgb = np.asarray(image.convert("RGB"))
        result |= {"rgb": text(rgb.transpose(2, 0, 1)), "rgbAlpha": text(np.asarray(image.convert("RGBA")).transpose(2, 0, 1)),
                   "gray": text(np.asarray(Image.fromarray(rgb).convert("L")))}
    return result


def cases():
    rng = random.Random(1)
    for colour, depths in [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])]:
        for depth in depths:
            for interlaced in (0, 1):
                h, w = (5, 6) if not interlaced else rng.choice([(9, 10), (1, 5), (3, 2), (6, 1), (8, 8)])
                samples = np.array([rng.randrange(2**depth) for _ in range(h * w * CHANNELS[colour])]).reshape(h, w, -1)
                yield case(f"{colour}/{depth}/{interlaced}", samples, colour, depth, interlaced, rng, pieces=1 + interlaced * 2)
                if colour in (0, 2):
                    key = samples[0, 0].tolist()
                    yield case(f"{colour}/{depth}/{interlaced} clear", samples, colour, depth, interlaced, rng,
                               struct.pack(f">{len(key)}H", *key))
                if colour == 3:
                    yield case(f"{colour}/{depth}/{interlaced} clear", samples, colour, depth, interlaced, rng, bytes([7, 200][:2**depth]))


if len(sys.argv) > 1:
    image = Image.open(sys.argv[1])
    print(image.mode, image.size, np.asarray(image).astype(int).sum())
    sys.exit()

y, x = np.mgrid[0:20, 0:23]
picture = np.stack([x * 11, y * 12, (x + y) * 5], -1).astype(np.uint8)
buffer = io.BytesIO()
Image.fromarray(picture).save(buffer, "JPEG", quality=90)
gray = io.BytesIO()
Image.fromarray(picture).convert("L").save(gray, "JPEG", quality=80)
jpegs = [{"jpeg": base64.b64encode(b.getvalue()).decode(), "shape": [n, 20, 23], "rgb": text(np.asarray(Image.open(b).convert("RGB")).transpose(2, 0, 1))}
         for b, n in [(buffer, 3), (gray, 1)]]
with open(os.path.join(here, "images.json"), "w") as f:
    json.dump({"pngs": list(cases()), "jpegs": jpegs}, f)
