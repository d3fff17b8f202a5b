"""Occlusion of one photo at 625 places (block 32, stride 8, 224 pixels), beside captum and beside full passes.

Run: .venv/bin/python bench/bench_occlusion.py

captum is given its best setting, found in the run; full passes are ours, at the best of their batch sizes. All three give the
same map: the largest difference is printed. The ceiling is what the cone leaves of the multiplications: full passes / cone.
"""

import time

import torch
import torchvision
from captum.attr import Occlusion
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import seethrough
from seethrough import see
from seethrough.networks.cone import cone_of
from seethrough.networks.network import Network
from timing import side_by_side

BLOCK, STRIDE, SIDE, PLACES = 32, 8, 224, 625
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Normalised(nn.Module):
    """A network as a plain module that takes pixels, for the peer."""

    def __init__(self, network: Network) -> None:
        """Keep the module, and how its pixels are normalised."""
        super().__init__()
        self.module = network.module
        self.register_buffer("mean", torch.tensor(network.mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(network.std).view(-1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalise, then score."""
        return self.module((pixels - self.mean) / self.std)


def by_torchvision(name: str) -> Network:
    """Return an architecture with random weights: they serve for time."""
    torch.manual_seed(0)
    module = getattr(torchvision.models, name)(weights=None).eval()
    return Network(module, size=SIDE, mean=MEAN, std=STD, name=name)


def measure(network: Network, repeats: int) -> None:
    """Measure one network, and print what came out."""
    pixels = network.frame(seethrough.photo("coffee"))
    classes = network.classes_for(pixels)
    plain = Normalised(network).eval()
    window, strides = (network.channels, BLOCK, BLOCK), (network.channels, STRIDE, STRIDE)

    def captum(evaluations: int) -> Tensor:
        occlusion = Occlusion(plain)
        with torch.no_grad():
            return occlusion.attribute(pixels, window, strides, 0, int(classes[0]), perturbations_per_eval=evaluations)[
                :, 0
            ]

    def full(batch: int) -> Tensor:
        return torch.cat([network.scores(part) for part in covered(pixels).split(batch)])

    best = quickest({evaluations: lambda n=evaluations: captum(n) for evaluations in (1, 5, 25)})
    with torch.inference_mode():
        batch = quickest({size: lambda n=size: full(n) for size in (1, 5, 10, 25)})
    ways = {
        "seethrough": lambda: see.occlusion(network, pixels, classes, block=BLOCK, stride=STRIDE).values,
        "captum": lambda: captum(best),
        "full passes": torch.inference_mode()(lambda: full(batch)),
    }
    ours, theirs = ways["seethrough"](), ways["captum"]()
    difference = float((ours - theirs).abs().max() / theirs.abs().max())
    seconds = side_by_side(ways, repeats)
    mine = seconds["seethrough"]
    print(
        f"{network.name}: {mine:.2f} s; captum / seethrough {seconds['captum'] / mine:.2f} "
        f"(captum at its best, {best} at a time), full passes / seethrough {seconds['full passes'] / mine:.2f} "
        f"({batch} at a time); ceiling {ceiling(network, pixels):.1f}; largest difference {difference:.1e} of the range"
    )


def covered(pixels: Tensor) -> Tensor:
    """Return the photo with the block at every place."""
    starts = range(0, SIDE - BLOCK + 1, STRIDE)
    altered = pixels.repeat(PLACES, 1, 1, 1)
    for place, (top, left) in enumerate((top, left) for top in starts for left in starts):
        altered[place, :, top : top + BLOCK, left : left + BLOCK] = 0
    return altered


def quickest(ways: dict[int, object]) -> int:
    """Return the setting that takes least, by one run each."""
    taken = {}
    for setting, way in ways.items():
        began = time.perf_counter()
        way()  # type: ignore[operator]
        taken[setting] = time.perf_counter() - began
    return min(taken, key=taken.get)


def ceiling(network: Network, pixels: Tensor) -> float:
    """Return how many times fewer multiplications the cone takes than full passes."""
    cone = cone_of(network, pixels)
    assert cone is not None
    starts = torch.arange(0, SIDE - BLOCK + 1, STRIDE)
    tops, lefts = torch.cartesian_prod(starts, starts).T
    block = torch.zeros(len(tops), network.channels, BLOCK, BLOCK)
    with FlopCounterMode(display=False) as whole, torch.no_grad():
        network.scores(pixels)
    with FlopCounterMode(display=False) as part:
        for some in torch.arange(PLACES).split(25):
            cone.scores(block[some], tops[some], lefts[some])
    return whole.get_total_flops() * PLACES / part.get_total_flops()


def main() -> None:
    """Measure the bundled network and three of torchvision's."""
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    measure(seethrough.load(device="cpu"), 5)
    measure(by_torchvision("squeezenet1_0"), 3)
    measure(by_torchvision("resnet18"), 3)
    measure(by_torchvision("vgg11"), 1)


if __name__ == "__main__":
    main()
