"""Features of many photos, beside a plain torchvision loop: PIL transforms, a DataLoader, no gradients."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision import transforms

from given import Given
from jobs.shape import OURS, Check, Pair
from many import many_photos
from seethrough import study
from seethrough.networks.frame import Frame

BATCH, WORKERS = 16, 2
LAYER = {"squeezenet1_0": "features"}
"""What is read where a network ends in no linear layer whose input it could be."""
NONE, TWO = "plain loop, no worker", f"plain loop, {WORKERS} workers"


class Photos(TorchDataset[Tensor]):
    """Photos as torchvision reads them."""

    def __init__(self, paths: list[Path], frame: Frame, mean: list[float], std: list[float]) -> None:
        """Keep the files, and say what becomes of each."""
        self.paths = paths
        self.change = transforms.Compose(
            [
                transforms.Resize(frame.resize, transforms.InterpolationMode(frame.interpolation)),
                transforms.CenterCrop(frame.size),
                transforms.ToTensor(),
                transforms.Normalize(mean, std),
            ]
        )

    def __len__(self) -> int:
        """Count the files."""
        return len(self.paths)

    def __getitem__(self, place: int) -> Tensor:
        """Read one."""
        with Image.open(self.paths[place]) as image:
            changed: Tensor = self.change(image.convert("RGB"))
        return changed


def features(given: Given) -> Pair:
    """Read what goes into the last linear layer of every photo; frames differ a little, for ours resizes floats."""
    network = given.network
    data = many_photos(given.size.read)
    pictures = Photos(list(data.files), network.frame, list(network.mean), list(network.std))

    def loop(workers: int) -> Tensor:
        loader = DataLoader(pictures, batch_size=BATCH, num_workers=workers)
        with torch.no_grad():
            return torch.cat([_before_the_last(network.module, batch.to(given.device)).cpu() for batch in loader])

    def check(found: Mapping[str, Any]) -> Check:
        apart = (1 - torch.cosine_similarity(found[OURS], found[NONE])).clamp_min(0)
        middle, most = float(apart.median()), float(apart.max())
        return Check(f"cosine distance {middle:.1e} in the middle, {most:.1e} at most", middle < 0.01)

    ways = {
        OURS: lambda: study.features(network, data, layer=LAYER.get(given.name), batch=BATCH).values,
        NONE: lambda: loop(0),
        TWO: lambda: loop(WORKERS),
    }
    # What the workers hold is not this process's.
    elsewhere = {TWO: lambda: None}
    return Pair(f"{len(data)} photos", ways, check, asked=given.asked({NONE: 1.3, TWO: 1.3}), memory=elsewhere)


def _before_the_last(module: Any, images: Tensor) -> Tensor:
    """Return what one reads by hand: networks are cut."""
    found: Tensor
    *before, last = module.children()
    if isinstance(last, nn.Linear):
        found = nn.Sequential(*before)(images).flatten(1)
    elif hasattr(module, "avgpool"):
        found = module.classifier[:-1](module.avgpool(module.features(images)).flatten(1))
    else:
        found = module.features(images).mean((2, 3))
    return found
