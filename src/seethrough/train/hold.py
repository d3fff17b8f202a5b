"""A data set in memory, as a training wants it: every picture of one size, parts that have nothing in common."""

from collections.abc import Generator

import torch
from torch import Tensor

from seethrough.datasets.dataset import Dataset
from seethrough.datasets.require_classes import require_classes
from seethrough.datasets.stream import stream
from seethrough.errors import UserError
from seethrough.jobs import Step
from seethrough.networks.frame import Frame
from seethrough.networks.streams import image_streams
from seethrough.train.learn import Pictures

BATCH = 64


def hold(data: Dataset, frame: Frame) -> Generator[Step, bool | None, tuple[Pictures, tuple[str, ...]]]:
    """Return the pictures of a data set as a frame shows them, and a line for each that cannot be read."""
    if data.pixels is not None and tuple(data.pixels.shape[1:]) == (frame.channels, *frame.size):
        return Pictures(data.pixels, data.labels), ()
    pixels: list[Tensor] = []
    places: list[Tensor] = []
    broken: list[str] = []
    for batch in stream(data, frame, batch=BATCH):
        pixels.append((batch.images * 255).round().to(torch.uint8))
        places.append(batch.places)
        broken += [f"{data.name_of(place)}: {why}" for place, why in batch.broken]
        if (yield Step(batch.end, len(data), {"read": batch.end})):
            raise KeyboardInterrupt
    return Pictures(torch.cat(pixels), data.labels[torch.cat(places)]), tuple(broken)


def check_parts(data: Dataset, test: Dataset | None) -> None:
    """Raise unless there is something to tell apart, and the test part shows the same classes."""
    require_classes(data)
    if test is not None:
        require_classes(test, 1)
        if test.classes != data.classes:
            raise UserError(f"test has other classes than the data: {_some(test.classes)}, not {_some(data.classes)}")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f", ... ({len(names)})" if len(names) > 3 else "")


def split(pictures: Pictures, share: float, seed: int) -> tuple[Pictures, Pictures | None]:
    """Set a share of every class aside, drawn from the seed; at least one picture of each stays to learn from."""
    if not 0 <= share < 1:
        raise UserError(
            f"validation is {share}; it takes the share of the pictures to set aside, 0 or more and below 1"
        )
    (stream,) = image_streams(seed, 1)
    order = torch.randperm(len(pictures), generator=stream)
    aside = torch.zeros(len(pictures), dtype=torch.bool)
    for label in torch.unique(pictures.labels).tolist():
        own = order[pictures.labels[order] == label]
        aside[own[: min(round(share * len(own)), len(own) - 1)]] = True
    if not aside.any():
        return pictures, None
    return Pictures(pictures.pixels[~aside], pictures.labels[~aside]), Pictures(
        pictures.pixels[aside], pictures.labels[aside]
    )
