"""Survival: does a picture that misleads go on doing so once it is mirrored, cropped, turned, compressed?"""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.case import guesses, said_of
from seethrough.fool.changes import changes_for
from seethrough.fool.truths import Known, known_classes
from seethrough.jobs import Job, Step, job
from seethrough.networks.frame import Box
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.results.guesses import Guess
from seethrough.results.survival import Survival

Boxes: TypeAlias = Box | Sequence[Box] | None


@job
def survival(
    network: Network,
    images: Tensor | Fooling,
    classes: Known = None,
    *,
    box: Boxes = None,
    batch: int | None = None,
) -> Job[Survival]:
    """Change misleading images in all the ways of `changes.CHANGES`, and tell what the network takes each for then.

    `classes` are what the photos really show: then an image lasts as long as it is misread. For the result of an attack they
    are what its originals show, as it was given or read. Where one is not known (None), an image lasts as long as it is read
    as it is unchanged.
    `box` says where in the pixels the object is, one for all or one for each: the crop then is one of the object. Asked to
    stop, it returns the images done.

    >>> survival(network, fool.pgd(network, pixels, to="goldfish")).save("lasts.png")
    """
    batch = network.at_once(batch)
    photos: tuple[str, ...] = ()
    if isinstance(images, Fooling):
        classes = images.shows if classes is None else classes
        photos, images = images.photos, images.images
    images = network.checked(images).detach().to(torch.promote_types(network.dtype, torch.float32)).clamp(0, 1)
    known = known_classes(network, classes, len(images))
    boxes = _one_each(box, images)
    changed: list[Tensor] = []
    told: list[tuple[Guess, ...]] = []
    for start in range(0, len(images), batch):
        part = slice(start, start + batch)
        ways = changes_for(network.channels, None if boxes is None else boxes[part])
        with torch.inference_mode(False), torch.no_grad():
            views = torch.stack([change(images[part]) for change in ways.values()], dim=1)
            read = guesses(network, said_of(network, views.flatten(0, 1), batch))
        changed.append(views.cpu())
        told += [tuple(read[place : place + len(ways)]) for place in range(0, len(read), len(ways))]
        done = len(told)
        misled = _lasts(told, known)
        if (yield Step(done, len(images), {"lasting": float(misled.float().mean())})) and done < len(images):
            break
    known = known[: len(told)]
    labels = ("" if index is None else network.labels.names[index] for index in known)
    return Survival(
        network=network.name,
        method="fool.survival",
        settings={
            "classes": None if known.count(None) == len(known) else known,
            "box": None if boxes is None else [[one.top, one.left, one.bottom, one.right] for one in boxes],
        },
        images=torch.cat(changed),
        changes=tuple(changes_for(network.channels)),
        guesses=tuple(told),
        lasts=_lasts(told, known),
        shows=() if known.count(None) == len(known) else tuple(labels),
        photos=photos[: len(told)],
    )


def _lasts(told: list[tuple[Guess, ...]], known: list[int | None]) -> Tensor:
    """Tell of each image and change [B, T] whether it still misleads: is not read rightly, or else is read as before."""
    return torch.tensor(
        [
            [guess.index == row[0].index if shown is None else guess.index != shown for guess in row]
            for row, shown in zip(told, known, strict=False)
        ]
    )


def _one_each(box: Boxes, images: Tensor) -> list[Box] | None:
    """Return a box for each image, or say which does not fit."""
    if box is None:
        return None
    boxes = [box] * len(images) if isinstance(box, Box) else list(box)
    if len(boxes) != len(images):
        raise UserError(f"box: {len(boxes)} given for {len(images)} images; give one, or one for each image")
    height, width = images.shape[-2:]
    for one in boxes:
        if not (0 <= one.top < one.bottom <= height and 0 <= one.left < one.right <= width):
            raise UserError(f"box is {one}; it takes a part of the {height} x {width} pixels that the network sees")
    return boxes
