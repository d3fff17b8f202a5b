"""Question 3: what else saliency can be used for: finding and cutting out the object, without any marked photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.saliency import mapped
from seethrough.labs.shown import SHOWN, objects
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.heatmap import Heatmap
from seethrough.results.mask import Mask
from seethrough.see.mask import smoothed

HOTTEST = 0.75
"""Where OpenCV is not there: pixels from this quantile of the smoothed map up are the object."""


@dataclass(frozen=True)
class Cut:
    """Of one photo: how far the mask's box agrees with a person's (intersection over union), and the whole photo with it."""

    photo: str
    share: float
    overlap: float
    everything: float


def uses(desk: Desk) -> Job[Sections]:
    """Cut the objects out by their saliency, and hold the boxes against a person's."""
    names = list(SHOWN)
    maps, pixels = mapped(desk, names)
    wanted = torch.tensor([target.index for target in maps.targets])
    by_colour = True
    try:
        found, _ = yield from part_of(see.mask.job(desk.network, pixels, wanted, method="gradient"), 0, 1)
    except UserError:
        by_colour = False
        found = thresholded(maps)
    found = replace(found, photos=tuple(names))
    where = objects(desk.network, names)
    cuts = [
        Cut(
            name,
            found.share(place),
            _overlap(boxed(found.mask[place]), where[place]),
            float(where[place].float().mean()),
        )
        for place, name in enumerate(names)
    ]
    how = (
        "The map is smoothed; its hottest 5 % are surely object, its coldest 30 % surely not, and GrabCut decides about the "
        "rest by colours and edges."
        if by_colour
        else "GrabCut needs OpenCV, which is not installed here (pip install 'seethrough[mask]'): in its place the hottest "
        "quarter of the smoothed map is taken for the object."
    )
    code = (
        desk.command(f"see mask {' '.join(names)} --method gradient")
        if by_colour
        else desk.python(
            "from seethrough.labs.gradients.uses import thresholded",
            f"pixels = network.frame([photo(name) for name in {names!r}])",
            "thresholded(see.gradient(network, pixels)).save('masks.png')",
            uses="photo, see",
        )
    )
    return (
        Section(
            "Question 3: other uses than interpreting the network",
            "A network that was told only what photos show also knows roughly where. So the map can be the seed of a mask: "
            f"segmentation and localisation without one marked pixel. {how}",
            (
                picture(
                    found.figure(),
                    f"{listed(names)} cut out by their saliency",
                    "The photo, the smoothed map with its seeds (white inside, blue outside), the mask's edge, the cut-out.",
                    code,
                ),
            ),
            (
                Table(
                    ("photo", "the mask's share", "overlap of its box with a person's", "overlap of the whole photo"),
                    tuple(
                        (one.photo, percent(one.share), round(one.overlap, 2), round(one.everything, 2)) for one in cuts
                    ),
                    "Overlap: intersection over union of two boxes, 1 where they are the same. Saying that the object is "
                    "everywhere gets what the last column says.",
                ),
            ),
            task="Say whether the technique can serve another purpose than interpreting the network.",
            answer=cutting(cuts),
            numbers={"by_grab_cut": by_colour, "photos": [vars(one) for one in cuts]},
            level=3,
        ),
    )


def thresholded(maps: Heatmap) -> Mask:
    """Return as a mask the hottest part of each smoothed map."""
    smooth = smoothed(maps)
    limits = smooth.flatten(1).quantile(HOTTEST, dim=1)[:, None, None]
    return Mask(
        network=maps.network,
        method="threshold",
        settings={"hottest": 1 - HOTTEST},
        heatmap=maps,
        smooth=smooth,
        seeds=torch.zeros_like(smooth, dtype=torch.int8),
        mask=smooth >= limits,
    )


def boxed(mask: Tensor) -> Tensor:
    """Return the smallest box [H, W] around a mask."""
    filled = torch.zeros_like(mask)
    rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
    if len(rows):
        filled[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return filled


def _overlap(one: Tensor, other: Tensor) -> float:
    return float((one & other).sum() / (one | other).sum().clamp_min(1))


def cutting(cuts: Sequence[Cut]) -> str:
    """Say on which photos the mask finds the object better than "everywhere" does."""
    better = [one for one in cuts if one.overlap > one.everything + 0.05]
    found = [one.photo for one in cuts if one.overlap >= 0.5]
    said = (
        ("Yes. " if found else "Only in part. ")
        if better
        else "In principle yes, though not on these photos: nowhere is the box better than taking the whole photo. "
    )
    if better:
        said += (
            "The box around the mask fits the object better than the whole photo does in "
            f"{listed([f'{one.photo} ({one.overlap:.2f} against {one.everything:.2f})' for one in better])}. "
        )
    missed = [f"{one.photo} ({one.overlap:.2f})" for one in cuts if one.photo not in found]
    said += f"By the usual measure (an overlap of at least 0.5) the object is found in {listed(found)}"
    said += f", and missed in {listed(missed)}. " if missed else ". "
    said += (
        "Beyond that, a map can uncover a network that goes by the wrong thing (a background, a caption in the photo), and "
        "the same gradient, followed, makes the adversarial images and the dreams of the next two sections."
    )
    return said
