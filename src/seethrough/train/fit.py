"""Train a network from scratch, or from pretrained weights."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, job
from seethrough.networks.frame import Frame
from seethrough.networks.from_card import CARD, read_card
from seethrough.networks.network import Network
from seethrough.networks.small.build import SMALL
from seethrough.networks.zoo import device_named, load
from seethrough.results.training import Training
from seethrough.train.begin import arch_of, untrained, with_new_head
from seethrough.train.hold import check_parts, hold, split
from seethrough.train.recipe import Recipe
from seethrough.train.teach import Lesson, teach

SIDE = 64
"""How large photos of all sizes are made for a network from scratch, unless told."""


@job
def fit(
    data: Dataset,
    test: Dataset | None = None,
    *,
    arch: str = "digits-cnn",
    pretrained: bool = False,
    weights: str | Path | None = None,
    size: int | None = None,
    initial: str = "default",
    validation: float = 0.1,
    epochs: int = 10,
    batch: int = 128,
    optimiser: str = "adam",
    rate: float = 0.001,
    momentum: float = 0.9,
    decay: float = 0.0005,
    schedule: str = "cycle",
    smoothing: float = 0.0,
    augment: str = "",
    mix: float = 0.0,
    against: str = "none",
    eps: str | None = None,
    attack_steps: int = 10,
    attack_step: str | None = None,
    attacked: int = 1000,
    precision: str = "float32",
    store: str = "float32",
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    device: str | None = None,
    notes: Mapping[str, str] | None = None,
) -> Job[Training]:
    """Train a classifier by minibatch descent on cross entropy, and say how good it is on pictures it has not seen.

    `arch` is one of ours (digits-cnn, digits-cnn-bn, cifar-cnn, cifar-cnn-bn, cifar-best, linear), torchvision:ARCH or
    timm:ARCH; `pretrained` (or a file of `weights`) begins with a trained network whose last layer is made anew. `validation`
    is the share set aside, on which the best epoch is chosen; with 0 the last is kept. `against` trains on attacked pictures:
    fgsm (Goodfellow 2014, arXiv:1412.6572), fast (Wong 2020, arXiv:2001.03994) or pgd (Madry 2017, arXiv:1706.06083), within
    `eps`, which grows over the first fifth of the steps; `attacked` test pictures, drawn by chance, are then tried by PGD.

    `mix` is the share of pictures that get a box of another (CutMix, Yun et al. 2019, arXiv:1905.04899).

    `out` is a folder for the weights and their card, which `load(out)` reads; a training that was killed goes on there from its
    last epoch with `resume`. `notes` go into the card.

    >>> fit(datasets.load("digits"), datasets.load("digits", "test"), epochs=10, out="runs/digits").save("digits.png")
    """
    recipe = Recipe(
        epochs=epochs,
        batch=batch,
        optimiser=optimiser,
        rate=rate,
        momentum=momentum,
        decay=decay,
        schedule=schedule,
        smoothing=smoothing,
        augment=augment,
        mix=mix,
        against=against,
        eps=eps,
        attack_steps=attack_steps,
        attack_step=attack_step,
        precision=precision,
        seed=seed,
    )
    check_parts(data, test)
    start = _trained(arch, weights, device) if pretrained or weights is not None else None
    frame = start.frame if start else _frame(data, size)
    pictures, broken = yield from hold(data, frame)
    unseen, broken_too = (None, ()) if test is None else (yield from hold(test, frame))
    learned_from, validated = split(pictures, validation, seed)
    if start:
        network = with_new_head(start, data.classes, seed)
    else:
        network = untrained(arch, frame.channels, frame.size, data.classes, learned_from.pixels, initial, seed)
        network.module.to(device_named(device))
    lesson = Lesson(
        method="train.fit",
        network=network,
        arch=arch_of(network, kept=out is not None),
        data=data.name,
        first=f"pretrained ({weights or arch})" if start else initial,
        pictures=learned_from,
        validation=validated,
        unseen=unseen,
        recipe=recipe,
        broken=broken + broken_too,
        store=store,
        attacked=attacked,
        notes=notes or {},
    )
    return (yield from teach(lesson, None if out is None else Path(out), resume))


def _trained(arch: str, weights: str | Path | None, device: str | None) -> Network:
    """Return the network to begin with; the weights of one of ours are read by the card beside them."""
    if arch not in SMALL:
        return load(arch, weights=weights, device=device)
    folder = Path(weights or "").expanduser().parent
    if weights is None or not (folder / CARD).is_file() or read_card(folder / CARD)["arch"] != arch:
        raise UserError(
            f"arch {arch!r} has no trained weights of its own; name a folder that `fit` wrote as arch, or as weights its "
            f"weights.safetensors beside the card of a {arch}"
        )
    return load(str(folder), weights=weights, device=device)


def _readable(data: Dataset) -> Tensor:
    """Return the first picture that can be read."""
    for place in range(len(data)):
        with suppress(UserError):
            return data[place]
    return data[0]  # it says what is wrong with it


def _frame(data: Dataset, size: int | None) -> Frame:
    """Return how pictures are seen: at the size asked for, or their own where they are of one size."""
    first = _readable(data)
    side = (size, size) if size else tuple(first.shape[1:]) if data.pixels is not None else (SIDE, SIDE)
    height, width = side
    return Frame((height, width), len(first), max(height, width) if size is None else size)
