"""The lattice of pictures of 8 bits: what a PNG can hold, and how an image is settled on it and stays misread."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seethrough.fool.aim import ending

if TYPE_CHECKING:
    from seethrough.fool.case import Case

TRIES = 20
"""How often the network is asked for the way while an image is settled."""
MORE = 1.5
"""By how much more is asked for at each further try: the slope promises too much."""
FURTHER = 0.02
"""How much farther past the boundary, as a share of the largest score, where a probability is missed."""
HAIR = 1e-4
"""What rounding may have added to a level."""
FREE = 1e6
"""How much more a move counts that brings a pixel back to the photo."""


def on_lattice(images: Tensor) -> Tensor:
    """Round pixels to the nearest that a picture of 8 bits holds.

    >>> on_lattice(torch.tensor([0.5])) * 255
    tensor([128.])
    """
    return (images.clamp(0, 1) * 255).round() / 255


def settle(
    case: "Case",
    images: Tensor,
    box: tuple[Tensor, Tensor] | None = None,
    reach: Tensor | None = None,
    until: float | str = "top",
) -> Tensor:
    """Return images on the lattice that are as wanted, as far as they can be: within the box and `reach` [B], in L2, if given.

    Each is rounded. Where rounding loses the attack, the pixels whose next level helps most go there, as few as are needed
    by the slope of the margin; then the network is asked again. `until` may name a probability that is to be kept.
    """
    least, most = (torch.zeros_like(images), torch.ones_like(images)) if box is None else box
    # What is within rounding of a level counts as that level.
    least, most = (least * 255 - HAIR).ceil().clamp(0, 255), (most * 255 + HAIR).floor().clamp(0, 255)
    levels, photos = torch.minimum(torch.maximum((images * 255).round(), least), most), (case.photos * 255).round()
    room = levels.new_full((len(images),), torch.inf) if reach is None else (reach * 255).square().to(levels)
    # Rounding toward the photo brings no image farther away.
    far = (squares(levels - photos) > room).view(-1, 1, 1, 1)
    levels = torch.where(far, photos + (images * 255 - photos).trunc(), levels)
    rows, end = case.unfinished(until), ending(until)
    least_probability = 0.0 if isinstance(end, str) else end
    for attempt in range(TRIES):
        if not len(rows):
            break
        scores, margin, slope = case.slope(
            levels[rows] / 255, rows, lambda said, which: case.aim.of(which).margin(said)
        )
        aim = case.aim.of(rows)
        there = aim.surely(scores) & (aim.probability(scores) >= least_probability)
        missing = (~there).cpu().nonzero()[:, 0]
        rows, margin, slope = rows[missing], margin[missing], slope[missing]
        if not len(rows):
            break
        # Past the boundary, where a probability is missed, a little at a time, and more each time.
        further = scores[missing].abs().amax(1) * torch.where(margin > 0, FURTHER * MORE**attempt, 1e-4)
        wanted = margin.clamp(max=0).neg() * MORE ** (attempt + 1) + further
        near = least[rows] - photos[rows], most[rows] - photos[rows]
        levels[rows] = photos[rows] + _moved(levels[rows] - photos[rows], slope, wanted, near, room[rows])
    return levels / 255


def squares(moved: Tensor) -> Tensor:
    """Return the square of the length of each perturbation [b]."""
    return moved.square().flatten(1).sum(1)


def _moved(moved: Tensor, slope: Tensor, wanted: Tensor, near: tuple[Tensor, Tensor], room: Tensor) -> Tensor:
    """Move by one level up or down those pixels that help most, until the slope promises as much as is wanted.

    `moved` are the levels gone so far, which stay `near`, the sum of their squares within `room` [b].
    """
    way = slope.sign()
    free = ((moved + way) <= near[1]) & ((moved + way) >= near[0]) & (way != 0)
    gain = (slope.abs() / 255 * free).flatten(1)
    # Where there is little room, what counts is the gain for its price: moves back toward the photo come first.
    longer = torch.where(room[:, None].isinf(), 1.0, (2 * moved * way + 1).flatten(1))
    order = torch.where(longer > 0, gain / longer, gain * FREE).argsort(1, descending=True)
    best, longer = gain.gather(1, order), longer.gather(1, order)
    full = (longer.cumsum(1) + squares(moved)[:, None] > room[:, None]).cumsum(1) > 0
    chosen = (best.cumsum(1) - best < wanted[:, None]) & (best > 0) & ~full
    taken = torch.zeros_like(gain, dtype=torch.bool).scatter(1, order, chosen)
    return moved + way * taken.view_as(moved)
