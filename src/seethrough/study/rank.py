"""Rank: which units of a layer tell two classes apart."""

import time
from contextlib import closing

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.stream import stream
from seethrough.dream.strip import stages
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.labels import Labels
from seethrough.networks.network import ClassLike, Network
from seethrough.results.ranking import Ranking
from seethrough.see.heat import plain

FEWEST = 2


@job
def rank(
    network: Network,
    data: Dataset,
    class_a: ClassLike,
    class_b: ClassLike,
    *,
    layer: str | None = None,
    batch: int = 16,
) -> Job[Ranking]:
    """Say of each unit how well it tells two classes of a data set apart: its AUC, its d', and its mean over each class.

    AUC = P(a > b) + P(a = b) / 2 for a picture of each class: 1 where all of class a excite the unit more, 0 where all of
    class b do, 0.5 where it tells nothing (the Mann-Whitney statistic). d' = (mean a - mean b) / sqrt((variance a + variance
    b) / 2). Of a map its mean is taken. The layer is the last but one that all goes through, if none is named. Asked to stop,
    it ranks by the pictures seen so far.

    >>> rank(network, datasets.load("pets/"), "Abyssinian", "pug").save("cat-or-dog.png")
    """
    wanted = (_class_of(data, class_a), _class_of(data, class_b))
    if wanted[0] == wanted[1]:
        raise UserError(f"class_a and class_b are both {data.classes[wanted[0]]!r}; give two classes")
    named = tuple(data.classes[index] for index in wanted)
    places = [(data.labels == index).nonzero()[:, 0] for index in wanted]
    for argument, name, found in zip(("class_a", "class_b"), named, places, strict=True):
        if len(found) < FEWEST:
            raise UserError(
                f"{argument}: data {data.name!r} has {len(found)} pictures of {name!r}; {FEWEST} are needed"
            )
    name = network.resolve_layer(layer) if layer is not None else stages(network)[-2:][0]
    some = data.part(_in_turn(*places))
    numbers: list[Tensor] = []
    labels: list[Tensor] = []
    broken, seen, began = list[str](), 0, time.perf_counter()
    with closing(stream(some, network.frame, batch=batch)) as batches:
        for part in batches:
            with torch.inference_mode(False), torch.no_grad():
                _, outputs = network.run(part.images.to(network.device), name, stop=True)
                numbers.append(plain(_of_units(outputs[name])))
            labels.append(some.labels[part.places])
            broken += [f"{some.name_of(place)}: {why}" for place, why in part.broken]
            seen += len(part.images)
            rate = {"images/s": seen / (time.perf_counter() - began)}
            if (yield Step(part.end, len(some), rate)) and seen >= 2 * FEWEST:
                break
    both, read = torch.cat(numbers), torch.cat(labels)
    a, b = (both[read == index].double() for index in wanted)
    if min(len(a), len(b)) < FEWEST:
        raise UserError(
            f"data {data.name!r}: {len(a)} and {len(b)} pictures of {named[0]!r} and {named[1]!r} could be read"
        )
    return Ranking(
        network=network.name,
        method="study.rank",
        settings={"class_a": named[0], "class_b": named[1], "layer": name},
        data=data.name,
        layer=name,
        classes=(named[0], named[1]),
        counts=(len(a), len(b)),
        auc=area(a, b),
        apart=apart(a, b),
        means=torch.stack([a.mean(0), b.mean(0)]),
        spreads=torch.stack([a.std(0), b.std(0)]),
        broken=tuple(broken),
    )


def area(a: Tensor, b: Tensor) -> Tensor:
    """Return P(a > b) + P(a = b) / 2 of each unit [U], from its numbers in pictures of two classes [n, U] and [m, U].

    >>> area(torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [1.0]]))
    tensor([0.8750], dtype=torch.float64)
    """
    row, others = a.T.contiguous(), b.T.contiguous().sort(dim=1).values
    below = torch.searchsorted(others, row)
    equal = torch.searchsorted(others, row, right=True) - below
    found = (below + equal / 2).double().mean(1) / b.shape[0]
    known = a.isfinite().all(0) & b.isfinite().all(0)
    return torch.where(known, found, torch.nan)


def apart(a: Tensor, b: Tensor) -> Tensor:
    """Return d' of each unit [U]: the difference of the means in standard deviations, 0 where there is no difference."""
    difference = a.mean(0) - b.mean(0)
    within = ((a.var(0) + b.var(0)) / 2).sqrt()
    return torch.where(difference == 0, 0.0, difference / within)


def _class_of(data: Dataset, wanted: ClassLike) -> int:
    """Return the index of a class of the data given by label or index."""
    if not data.classes:
        raise UserError(f"data {data.name!r} has no classes to tell apart; right would be a folder of class folders")
    if isinstance(wanted, int) and not 0 <= wanted < len(data.classes):
        raise UserError(f"class {wanted} is out of range; data {data.name!r} has classes 0 to {len(data.classes) - 1}")
    return Labels(data.classes).resolve(wanted)


def _in_turn(a: Tensor, b: Tensor) -> Tensor:
    """Return the places of both classes mixed evenly: whoever stops early has some of each.

    >>> _in_turn(torch.tensor([0, 1]), torch.tensor([5, 6, 7, 8])).tolist()
    [0, 5, 6, 1, 7, 8]
    """
    share = torch.cat([torch.arange(len(one)) / len(one) for one in (a, b)])
    return torch.cat([a, b])[share.sort(stable=True).indices]


def _of_units(output: Tensor) -> Tensor:
    """Return one number a unit [b, U]: the mean of its map or of its tokens, or the number itself."""
    if output.ndim == 4:
        return output.float().mean((2, 3)) if output.dtype.itemsize < 4 else output.mean((2, 3))
    return output.flatten(1, -2).mean(1) if output.ndim > 2 else output
