"""Attacks beside torchattacks, foolbox and adversarial-library: the same network, photos and budgets, in one process.

The peers get the network as their documents do, in evaluation mode; with --frozen its weights want no gradient, which spares
them work that only the weights need (the product never does it).

Run: .venv/bin/python bench/bench_fool.py [pgd] [nearest] [deepfool] [--frozen]
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import adv_lib.attacks
import foolbox
import torch
import torchattacks
from torch import Tensor, nn

import seethrough
from seethrough import fool
from seethrough.results.fooling import Fooling

PHOTOS = ("cat", "coffee", "rocket", "moped")
EPS = 4 / 255
REPEATS = 3


class Normalised(nn.Module):
    """The bundled network as a plain module that takes pixels, for the peers; it counts the slopes that go through it."""

    def __init__(self, module: nn.Module) -> None:
        """Keep the module."""
        super().__init__()
        self.module = module
        self.slopes = 0
        # Some peers put back the mode that they found: in training the statistics of the norms would change.
        self.eval()

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalise, then score."""
        normal = (pixels - 0.5) / 0.5
        if normal.requires_grad:
            normal.register_hook(self.count)
        return self.module(normal)

    def count(self, slope: Tensor) -> None:
        """Count one slope for each image."""
        self.slopes += len(slope)


@dataclass
class Found:
    """What an attack came to: its images, how many slopes it took, and its seconds, run by run."""

    images: Tensor
    slopes: float
    seconds: list[float]


def sixteen(network: seethrough.Network) -> Tensor:
    """Return the four bundled photos whole, mirrored and cut at two corners."""
    views = []
    for name in PHOTOS:
        photo = seethrough.photo(name)
        height, width = (int(0.8 * side) for side in photo.shape[1:])
        views += [photo, photo.flip(-1), photo[:, :height, :width], photo[:, -height:, -width:]]
    return network.frame(views)


def run(ways: dict[str, Callable[[], tuple[Tensor, float]]], repeats: int) -> dict[str, Found]:
    """Run each way in turn, several times over."""
    found: dict[str, Found] = {}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            images, slopes = way()
            seconds = time.perf_counter() - began
            found.setdefault(name, Found(images, slopes, [])).seconds.append(seconds)
    return found


def report(title: str, network: seethrough.Network, photos: Tensor, found: dict[str, Found], norm: float) -> None:
    """Print success, median distance, seconds and slopes of each way, and how many times faster the first one is."""
    true = network.classes_for(photos)
    print(f"\n{title}")
    print(f"{'':34}{'misread':>9}{'median':>10}{'seconds':>9}{'slopes':>8}{'ratio':>7}")
    first = sorted(next(iter(found.values())).seconds)[REPEATS // 2]
    for name, one in found.items():
        misread = network.classes_for(one.images.float()) != true
        far = (one.images - photos).flatten(1).norm(norm, dim=1)[misread].median()
        seconds = sorted(one.seconds)[len(one.seconds) // 2]
        print(
            f"{name:34}{int(misread.sum()):>4} of {len(photos)}{float(far):>10.4f}{seconds:>9.2f}{one.slopes:>8.0f}"
            f"{seconds / first:>7.2f}",
            flush=True,
        )


def ours(attack: Callable[[], Fooling]) -> Callable[[], tuple[Tensor, float]]:
    """Make a way of one of ours."""

    def way() -> tuple[Tensor, float]:
        done = attack()
        return done.images, float(done.gradients.double().mean())

    return way


def theirs(plain: Normalised, count: int, attack: Callable[[], Tensor]) -> Callable[[], tuple[Tensor, float]]:
    """Make a way of a peer's."""

    def way() -> tuple[Tensor, float]:
        plain.slopes = 0
        images = attack().detach()
        return images, plain.slopes / count

    return way


def pgd(network: seethrough.Network, plain: Normalised, photos: Tensor) -> None:
    """PGD-40 within 4/255, each from the photo."""
    true, step = network.classes_for(photos), 2.5 * EPS / 40
    bounded = foolbox.PyTorchModel(plain, bounds=(0, 1))
    other = torchattacks.PGD(plain, eps=EPS, alpha=step, steps=40, random_start=False)
    common = {"eps": "4/255", "steps": 40, "random_start": False}
    flb = foolbox.attacks.LinfPGD(abs_stepsize=step, steps=40, random_start=False)
    ways = {
        "seethrough, all steps": ours(lambda: fool.pgd(network, photos, until="never", **common)),
        "seethrough, misread images leave": ours(lambda: fool.pgd(network, photos, **common)),
        "torchattacks": theirs(plain, len(photos), lambda: other(photos, true)),
        "foolbox": theirs(plain, len(photos), lambda: flb(bounded, photos, true, epsilons=EPS)[1]),
    }
    report("PGD-40, Linf 4/255, 16 photos", network, photos, run(ways, REPEATS), torch.inf)


def nearest(network: seethrough.Network, plain: Normalised, photos: Tensor) -> None:
    """The nearest misread image in L2 with 100 slopes."""
    true, count = network.classes_for(photos), len(photos)
    peer = adv_lib.attacks
    ways = {
        "seethrough fmn": ours(lambda: fool.fmn(network, photos)),
        "seethrough ddn": ours(lambda: fool.ddn(network, photos)),
        "adv-lib ddn": theirs(plain, count, lambda: peer.ddn(plain, photos, true, steps=100, levels=None)),
        "adv-lib fmn": theirs(plain, count, lambda: peer.fmn(plain, photos, true, norm=2, steps=100)),
        "adv-lib alma": theirs(plain, count, lambda: peer.alma(plain, photos, true, distance="l2", num_steps=100)),
        "adv-lib alma, first distance 0.1": theirs(
            plain,
            count,
            lambda: peer.alma(plain, photos, true, distance="l2", num_steps=100, init_lr_distance=0.1),
        ),
    }
    report("Nearest in L2 with 100 slopes, 16 photos", network, photos, run(ways, REPEATS), 2)


def deepfool(network: seethrough.Network, plain: Normalised, photos: Tensor) -> None:
    """DeepFool with the same candidates, steps and overshoot."""
    true = network.classes_for(photos)
    bounded = foolbox.PyTorchModel(plain, bounds=(0, 1))
    for norm, attack, p in (
        ("l2", foolbox.attacks.L2DeepFoolAttack, 2.0),
        ("linf", foolbox.attacks.LinfDeepFoolAttack, torch.inf),
    ):
        other = attack(steps=50, candidates=10, overshoot=0.02)
        ways = {
            "seethrough": ours(lambda norm=norm: fool.deepfool(network, photos, norm=norm)),
            "foolbox": theirs(plain, len(photos), lambda other=other: other(bounded, photos, true, epsilons=None)[1]),
        }
        report(f"DeepFool {norm}, 16 photos", network, photos, run(ways, REPEATS), p)


JOBS = {"pgd": pgd, "nearest": nearest, "deepfool": deepfool}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    network = seethrough.load()
    plain = Normalised(network.module)
    photos = sixteen(network)
    weights = "frozen" if "--frozen" in sys.argv else "as they come"
    print(f"{network.name}, {torch.get_num_threads()} threads, torch {torch.__version__}, the peers' weights {weights}")
    names = [name for name in sys.argv[1:] if name != "--frozen"]
    plain.module.requires_grad_("--frozen" not in sys.argv)
    for name in names or JOBS:
        JOBS[name](network, plain, photos)
