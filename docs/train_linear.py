"""Train the bundled network cifar10-linear: softmax regression on CIFAR-10, less than a minute on one core.

.venv/bin/python docs/train_linear.py [FOLDER with train.npz and test.npz]
"""

import io
import itertools
import json
import os
import platform
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional

import seethrough

SHARED = Path(os.environ.get("SEETHROUGH_SHARED", Path(__file__).parents[2] / "shared"))
BUNDLED = Path(seethrough.__file__).parent / "networks" / "bundled"
NAME = "cifar10-linear"
# Strong enough for templates one recognises; a weaker decay gains two points of accuracy and grain.
DECAY = 1.0
RATE, MOMENTUM, EPOCHS, BATCH, SEED = 0.003, 0.9, 15, 500, 0


def main(folder: Path) -> None:
    """Train it, say how good it is, and write the weights and their card."""
    torch.set_num_threads(1)
    (photos, labels, names), (unseen, answers, _) = read(folder / "train.npz"), read(folder / "test.npz")
    mean = [round(value, 4) for value in photos.mean((0, 2, 3), dtype=torch.float64).div(255).tolist()]
    std = [round(float(photos[:, channel].double().div(255).std()), 4) for channel in range(3)]
    weight, bias = train(photos, labels, mean, std)
    state = {"linear.weight": weight.half(), "linear.bias": bias.half()}
    full = accuracy(unseen, answers, weight, bias, mean, std)
    kept = accuracy(unseen, answers, *(value.float() for value in state.values()), mean, std)
    sys.stdout.write(f"test accuracy {full:.2%}, as 16-bit floats {kept:.2%}\n")
    BUNDLED.mkdir(exist_ok=True)
    # The library's own way to a file makes one that nobody else may read.
    (BUNDLED / f"{NAME}.safetensors").write_bytes(save(state))
    card = {
        "name": NAME,
        "arch": "linear",
        "what": "softmax regression: one linear layer from pixels to scores",
        "data": "CIFAR-10 (Krizhevsky 2009), its images re-encoded as JPEG of quality about 75",
        "split": "50,000 training images to train on, 10,000 test images for the accuracy",
        "recipe": (
            f"cross entropy + {DECAY:g} / 2 * |weights|^2; SGD, rate {RATE:g} falling to 0 by a cosine, momentum {MOMENTUM:g}, "
            f"{EPOCHS} epochs of batches of {BATCH}, half of the images mirrored; begins at 0; seed {SEED}"
        ),
        "command": "python docs/train_linear.py FOLDER",
        "test_accuracy": round(kept, 4),
        "stored_as": "float16",
        "versions": {
            "seethrough": seethrough.__version__,
            "torch": torch.__version__.partition("+")[0],
            "python": platform.python_version(),
        },
        "size": list(photos.shape[2:]),
        "mean": mean,
        "std": std,
        "labels": names,
    }
    (BUNDLED / f"{NAME}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def read(file: Path) -> tuple[Tensor, Tensor, list[str]]:
    """Return images [N, C, H, W] of 8 bits, their labels, and the classes' names; all JPEGs share one header."""
    stored = np.load(file)
    head, data, offsets = stored["head"].tobytes(), stored["data"].tobytes(), stored["offsets"]
    pictures = [
        np.asarray(Image.open(io.BytesIO(head + data[start:end]))) for start, end in itertools.pairwise(offsets)
    ]
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return images, torch.from_numpy(stored["labels"]), stored["classes"].tolist()


def train(photos: Tensor, labels: Tensor, mean: list[float], std: list[float]) -> tuple[Tensor, Tensor]:
    """Return the weights and biases that descent comes to."""
    stream = torch.Generator().manual_seed(SEED)
    classes = int(labels.max()) + 1
    weight = torch.zeros(classes, photos[0].numel(), requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    descent = torch.optim.SGD([weight, bias], lr=RATE, momentum=MOMENTUM)
    steps = EPOCHS * -(-len(photos) // BATCH)
    cooling = torch.optim.lr_scheduler.CosineAnnealingLR(descent, steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(photos), generator=stream).split(BATCH):
            mirrored = torch.rand(len(chosen), 1, 1, 1, generator=stream) < 0.5
            batch = torch.where(mirrored, photos[chosen].flip(3), photos[chosen])
            scores = normalised(batch, mean, std) @ weight.T + bias
            cost = functional.cross_entropy(scores, labels[chosen]) + DECAY / 2 * weight.square().sum()
            descent.zero_grad()
            cost.backward()
            descent.step()
            cooling.step()
    return weight.detach(), bias.detach()


def accuracy(
    photos: Tensor, labels: Tensor, weight: Tensor, bias: Tensor, mean: list[float], std: list[float]
) -> float:
    """Return the share of images that are read rightly."""
    scores = normalised(photos, mean, std) @ weight.T + bias
    return float((scores.argmax(1) == labels).double().mean())


def normalised(photos: Tensor, mean: list[float], std: list[float]) -> Tensor:
    """Return images of 8 bits as rows of numbers about zero."""
    shape = (1, -1, 1, 1)
    return ((photos / 255 - torch.tensor(mean).view(shape)) / torch.tensor(std).view(shape)).flatten(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "data" / "cifar10")
