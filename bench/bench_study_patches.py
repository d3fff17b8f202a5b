"""Top patches of all units of three layers beside the forward passes alone: the same photos, read the same way.

Run: .venv/bin/python bench/bench_study_patches.py [FOLDER [PHOTOS]]
"""

import sys
from contextlib import closing

import torch

import seethrough
from many import photos
from seethrough import study
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from timing import side_by_side

BATCH, TOP = 16, 9
LAYERS = ("blocks.2.0", "blocks.4.0", "blocks.6.0")


def forward(network: seethrough.Network, data: Dataset) -> None:
    """Pass all photos through the network as far as the last layer, and look at nothing."""
    with closing(stream(data, network.frame, batch=BATCH)) as batches, torch.no_grad():
        for part in batches:
            network.run(part.images, LAYERS, stop=True)


def main() -> None:
    """Print the ratio."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    network, data = seethrough.load(device="cpu"), photos(count)
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
