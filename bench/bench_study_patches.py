"""Top patches of all units of three layers beside the forward passes alone: the same photos, read the same way.

Run: .venv/bin/python bench/bench_study_patches.py FOLDER [PHOTOS]
"""

import sys
from contextlib import closing
from pathlib import Path

import torch

import seethrough
from seethrough import study
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from timing import side_by_side

BATCH, TOP = 16, 9
LAYERS = ("blocks.2.0", "blocks.4.0", "blocks.6.0")


def photos(folder: Path, count: int) -> Dataset:
    """Return so many photos of a folder; where it has fewer, it is gone through again."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not found:
        raise SystemExit(f"{folder} holds no photos")
    files = tuple(found[place % len(found)] for place in range(count))
    return Dataset(folder.name, (), torch.full((count,), -1), files=files, root=folder)


def forward(network: seethrough.Network, data: Dataset) -> None:
    """Pass all photos through the network as far as the last layer, and look at nothing."""
    with closing(stream(data, network.frame, batch=BATCH)) as batches, torch.no_grad():
        for part in batches:
            network.run(part.images, LAYERS, stop=True)


def main() -> None:
    """Print the ratio."""
    if len(sys.argv) < 2:
        raise SystemExit(f"usage: {Path(sys.argv[0]).name} FOLDER [PHOTOS]")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    network, data = seethrough.load(device="cpu"), photos(Path(sys.argv[1]), count)
    units = sum(network.layers[layer].units for layer in LAYERS)
    ways = {
        "forward": lambda: forward(network, data),
        "patches": lambda: study.patches(network, data, units=LAYERS, top=TOP, batch=BATCH),
    }
    seconds = side_by_side(ways, 3)
    speed, ratio = count / seconds["patches"], seconds["patches"] / seconds["forward"]
    print(
        f"top {TOP} patches of {units} units of {len(LAYERS)} layers, {count} photos, {torch.get_num_threads()} threads"
    )
    print(f"{speed:.0f} photos/s; patches / forward passes alone {ratio:.2f}")


if __name__ == "__main__":
    main()
