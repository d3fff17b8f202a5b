"""Which images are dreamt: every wish as often as is asked for, each beginning as its photo."""

from collections.abc import Sequence
from typing import Any, TypeVar

from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network

T = TypeVar("T")


def no_photos(start: Any, begins: str) -> None:
    """Refuse photos to begin as where images begin otherwise."""
    if start is not None and not isinstance(start, str):
        raise UserError(f"start: no photos are taken here; {begins}")


def planned(
    network: Network, wanted: Sequence[T], diversity: int = 1, start: Any = None
) -> tuple[list[T], Tensor | None]:
    """Return the wish of every image, and the photos they begin as, if `start` is photos [B, C, H, W].

    One wish serves any number of photos, one photo any number of wishes; otherwise there is one for each.

    >>> planned(network, ["a", "b"], diversity=2)
    (['a', 'a', 'b', 'b'], None)
    """
    if not wanted:
        raise UserError("nothing is named to dream of; name a class, a unit or a layer")
    if diversity < 1:
        raise UserError(f"diversity is {diversity}; it takes 1 or more")
    if not isinstance(start, Tensor | str | None):
        raise UserError(f"start is a {type(start).__name__}; it takes a word, or photos [B, C, H, W]")
    if not isinstance(start, Tensor):
        return [one for one in wanted for _ in range(diversity)], None
    photos = network.checked(start)
    if len(wanted) > 1 and len(photos) > 1 and len(wanted) != len(photos):
        raise UserError(f"start: {len(photos)} photos for {len(wanted)} wishes; give one, or one for each")
    count = max(len(wanted), len(photos))
    each = [wanted[place if len(wanted) > 1 else 0] for place in range(count) for _ in range(diversity)]
    return each, photos.expand(count, -1, -1, -1).repeat_interleave(diversity, dim=0)
