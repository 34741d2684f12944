"""Writes transforms.json: what torchvision's transforms make of images of bytes and of real numbers, for seeds.

    python make_transforms.py
"""
import base64, json, os
import numpy as np
import torch, torchvision
from torchvision import transforms as T

here = os.path.dirname(os.path.abspath(__file__))


def picture(h, w):
    y, x = np.mgrid[0:h, 0:w]
    image = np.stack([(x * 37 + y * 11) % 256, (x * x + 3 * y) % 256, (200 - 5 * x + 7 * y) % 256]).astype(np.uint8)
    image[:, h // 3:h // 2, w // 4:w // 2] //= 3
    return torch.from_numpy(image)


def text(image):
    return base64.b64encode(image.contiguous().numpy().tobytes()).decode()


calls = {
    "resize 8": T.Resize(8), "resize 17": T.Resize(17), "resize 9x7": T.Resize((9, 7)), "resize max": T.Resize(14, max_size=15),
    "center 9": T.CenterCrop(9), "center 19": T.CenterCrop(19), "crop 8": T.RandomCrop(8), "crop padded": T.RandomCrop(16, padding=3),
    "crop if needed": T.RandomCrop(16, pad_if_needed=True, fill=7), "resized crop": T.RandomResizedCrop(10),
    "resized crop wide": T.RandomResizedCrop(7, scale=(0.9, 1.0), ratio=(3.0, 4.0)), "horizontal": T.RandomHorizontalFlip(),
    "vertical": T.RandomVerticalFlip(), "pad": T.Pad((1, 2, 3, 4), fill=9), "pad reflect": T.Pad(2, padding_mode="reflect"),
    "gray": T.Grayscale(), "gray 3": T.Grayscale(3), "brightness": T.ColorJitter(brightness=0.5), "contrast": T.ColorJitter(contrast=0.5),
    "saturation": T.ColorJitter(saturation=0.7), "hue": T.ColorJitter(hue=0.4), "jitter": T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "rotation": T.RandomRotation(40), "rotation filled": T.RandomRotation((10, 80), fill=[10, 20, 30]), "trivial": T.TrivialAugmentWide(),
    "compose": T.Compose([T.RandomResizedCrop(12), T.RandomHorizontalFlip(), T.TrivialAugmentWide()]),
    "apply": T.RandomApply([T.ColorJitter(0.4)], p=0.6),
}
floats = {
    "erasing": T.RandomErasing(p=0.8), "erasing random": T.RandomErasing(p=1.0, value="random"),
    "normalize": T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), "resize float": T.Resize(10), "jitter float": T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "rotation float": T.RandomRotation(40),
}
seeds = {"trivial": range(40), "rotation": range(4), "resized crop": range(4), "jitter": range(4), "compose": range(4), "erasing": range(5),
         "horizontal": range(4), "apply": range(4)}
out = []
image = picture(12, 13)
for name, transform in (calls | floats).items():
    for seed in seeds.get(name, [1]):
        torch.manual_seed(seed)
        result = transform(image / 255 if name in floats else image)
        out.append({"name": name, "seed": seed, "shape": list(result.shape), "values": text(result)})
with open(os.path.join(here, "transforms.json"), "w") as f:
    json.dump(out, f)
