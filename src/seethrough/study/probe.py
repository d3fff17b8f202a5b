"""A probe: how well a linear classifier tells classes apart by what a layer makes of pictures."""

from collections.abc import Callable, Generator
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job, part_of
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.features import Features
from seethrough.results.probe import ACROSS, Confusion, Probe, worst_confusions
from seethrough.study.features import BATCH, features
from seethrough.study.linear_classifier import linear_svm, softmax_regression
from seethrough.study.reading import normalised
from seethrough.study.thumbnails import thumbnails

Kind = Literal["softmax", "svm"]
Fit: TypeAlias = Callable[[Tensor, Tensor, int, float, tuple[Tensor, Tensor] | None], tuple[Tensor, Tensor]]
FITS: dict[str, Fit] = {"softmax": softmax_regression, "svm": linear_svm}
STRENGTHS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
"""Those tried, from strong to weak, for rows 1 long; of longer rows times their mean squared length."""
WORST = 6
SIDE = 96
"""Pixels of a confused picture."""
PARTS = 3


@job
def probe(
    network: Network,
    train: Dataset | Features,
    test: Dataset | Features,
    *,
    layer: str | None = None,
    kind: Kind = "softmax",
    strength: float | None = None,
    normalise: bool = True,
    validation: float = 0.2,
    seed: int = 0,
    pictures: Dataset | None = None,
    batch: int = BATCH,
) -> Job[Probe]:
    """Train a softmax regression or a linear SVM on a layer's features; its accuracy says how openly they show the class.

    The `strength` of its L2 penalty is chosen by the mean per-class accuracy on a share of the training pictures
    (`validation`) that is held back meanwhile: the strongest within a standard error of the best. Features that are ready are
    taken in place of data sets; the network then has no work, and the confused pictures are read from `pictures`, the data
    set of `test`.

    >>> probe(network, load("oxford-pets", "train"), load("oxford-pets", "test")).mean_accuracy > 0.88
    True
    """
    _check(kind, strength, validation)
    shown = test if isinstance(test, Dataset) else pictures
    known = yield from _ready(network, train, 0, layer, batch)
    asked = yield from _ready(network, test, 1, layer, batch)
    classes = _classes(known, asked)
    rows, labels = _rows(known, normalise), _within(known.labels, classes)
    if rows.shape[1] != asked.values[0].numel():
        raise UserError(
            f"test has {asked.values[0].numel()} features a picture and train {rows.shape[1]}; read one layer of both"
        )
    tried: list[float] = []
    shares: list[float] = []
    if strength is None:
        size = float(rows.square().sum(1).mean())
        strength = STRENGTHS[0] * size
        fitted, held = _held_back(labels, validation, seed)
        found = None
        for place, one in enumerate(STRENGTHS):
            found = FITS[kind](rows[fitted], labels[fitted], len(classes), one * size, found)
            tried.append(one * size)
            shares.append(mean_accuracy(_counted(rows[held], labels[held], *found)))
            done = int((2 + (place + 1) / len(STRENGTHS)) * 100 / PARTS)
            if (yield Step(done, 100, {"validation": shares[-1]})):
                break
        strength = _chosen(tried, shares, len(held))
    weights, bias = FITS[kind](rows, labels, len(classes), strength, None)
    tests, truths = _rows(asked, normalise), _within(asked.labels, classes)
    confusion = _counted(tests, truths, weights, bias)
    said = (tests.double() @ weights.T + bias).argmax(1)
    return Probe(
        network=known.network,
        method="study.probe",
        settings={
            "layer": layer if isinstance(train, Dataset) else known.layer,
            "kind": kind,
            "strength": strength,
            "normalise": normalise,
            "validation": validation,
            "seed": seed,
            "train": known.data,
            "test": asked.data,
        },
        kind=kind,
        layer=known.layer,
        data=asked.data,
        classes=tuple(known.classes[index] for index in classes),
        confusion=confusion,
        weights=weights,
        bias=bias,
        strength=strength,
        strengths=torch.tensor(tried, dtype=torch.float64),
        validation=torch.tensor(shares, dtype=torch.float64),
        confusions=_worst(network, confusion, truths, said, asked, shown),
        trained=len(known),
        broken=(*known.broken, *asked.broken),
    )


def mean_accuracy(confusion: Tensor) -> float:
    """Return the mean over the classes that occur of the share read rightly.

    >>> mean_accuracy(torch.tensor([[9, 1], [0, 2]]))
    0.95
    """
    totals = confusion.sum(1)
    return float((confusion.diagonal().double() / totals)[totals > 0].mean())


def _chosen(tried: list[float], shares: list[float], pictures: int) -> float:
    """Return the strongest penalty whose accuracy is the best, or less than one standard error below it.

    Pictures held back are few, and what differs by less is chance: then the stronger penalty is the safer one.
    """
    best = max(shares)
    error = (best * (1 - best) / pictures) ** 0.5
    return next(one for one, share in zip(tried, shares, strict=True) if share >= best - error)


def _check(kind: str, strength: float | None, validation: float) -> None:
    if kind not in get_args(Kind):
        raise UserError(f"kind is {kind!r}; it takes {' | '.join(get_args(Kind))}")
    if strength is not None and not strength > 0:
        raise UserError(f"strength is {strength}; it takes a number above 0")
    if not 0 < validation < 1:
        raise UserError(f"validation is {validation}; it takes a share between 0 and 1")


def _ready(
    network: Network, data: Dataset | Features, part: int, layer: str | None, batch: int
) -> Generator[Step, bool | None, Features]:
    """Return the features of a data set, read now unless they are ready."""
    if isinstance(data, Features):
        return data
    found, asked = yield from part_of(features.job(network, data, layer=layer, batch=batch), part, PARTS)
    if asked and len(found) + len(found.broken) < found.total:
        raise UserError(
            f"probe was stopped after {len(found)} of {found.total} pictures of {found.data}: too early to tell"
        )
    return found


def _classes(train: Features, test: Features) -> list[int]:
    """Return the classes that both sets hold, or say what is wrong with them."""
    if train.classes != test.classes:
        odd = next(iter(set(train.classes) ^ set(test.classes)), "their order")
        raise UserError(f"test has other classes than train ({odd}); right would be two parts of one data set")
    for name, data in (("train", train), ("test", test)):
        if unknown := int((data.labels < 0).sum()):
            raise UserError(
                f"{name} has {unknown} pictures of which it is not known what they show; leave them out (data.part)"
            )
    learnt, asked = (set(data.labels.tolist()) for data in (train, test))
    for name, missing in (("test", learnt - asked), ("train", asked - learnt)):
        if missing:
            named = ", ".join(train.classes[index] for index in sorted(missing)[:4])
            raise UserError(
                f"{name} has no picture of {named}; mean per-class accuracy takes one of each class at least"
            )
    if len(learnt) < 2:
        raise UserError(f"train has one class only, {train.classes[learnt.pop()]!r}; a probe takes two or more")
    return sorted(learnt)


def _rows(data: Features, normalise: bool) -> Tensor:
    rows = data.values.flatten(1)
    rows = rows if rows.dtype == torch.float64 else rows.float()
    if not bool(rows.isfinite().all()):
        raise UserError(f"features of {data.data} hold numbers that are not finite; {data.layer} cannot be probed")
    return normalised(rows) if normalise else rows


def _within(labels: Tensor, classes: list[int]) -> Tensor:
    """Return labels as places in a sorted list of classes."""
    return torch.searchsorted(torch.tensor(classes), labels)


def _held_back(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Return the places to train on and those held back: the share of each class, but never the last picture of one."""
    stream = image_streams(seed, 1)[0]
    shuffled = torch.randperm(len(labels), generator=stream)
    held = torch.zeros(len(labels), dtype=torch.bool)
    for index in set(labels.tolist()):
        of = shuffled[labels[shuffled] == index]
        held[of[: min(max(1, round(share * len(of))), len(of) - 1)]] = True
    if not bool(held.any()):
        raise UserError("train has one picture of each class; choosing a strength takes more: give strength")
    return (~held).nonzero()[:, 0], held.nonzero()[:, 0]


def _counted(rows: Tensor, labels: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Count what is read as what [K, K]."""
    said, count = (rows.double() @ weights.T + bias).argmax(1), len(bias)
    return torch.bincount(labels * count + said, minlength=count * count).view(count, count)


def _worst(
    network: Network, confusion: Tensor, truths: Tensor, said: Tensor, test: Features, shown: Dataset | None
) -> tuple[Confusion, ...]:
    """Return the worst confusions, with the first of their pictures."""
    found = []
    for true, read in worst_confusions(confusion, WORST):
        rows = ((truths == true) & (said == read)).nonzero()[:ACROSS, 0]
        places = test.places[rows].tolist() if shown is not None else []
        cut = [network.frame(shown[place]) for place in places] if shown is not None else []
        pictures = (
            thumbnails(torch.cat(cut), SIDE) if cut else torch.empty(0, network.channels, 1, 1, dtype=torch.uint8)
        )
        names = tuple(test.names[row] for row in rows.tolist())
        found.append(Confusion(true, read, int(confusion[true, read]), pictures, names))
    return tuple(found)
