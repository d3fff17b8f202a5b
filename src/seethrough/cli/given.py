"""From what a person typed to what a method takes."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough.dream.recipes import CHOICES
from seethrough.errors import UserError
from seethrough.jobs import Job, JobFunction
from seethrough.see.table import TABLE
from seethrough.states import resumable_at
from seethrough.tables import Method

if TYPE_CHECKING:
    from torch import Tensor

    from seethrough.networks.network import Network


def map_method(name: str) -> Method:
    """Return the row of a method that makes a map of a class."""
    row = TABLE[name]
    if row.makes != "Heatmap" or "class" not in row.needs:
        raise UserError(f"method {row.command!r} makes no map of a class; for example: grad-cam, gradient, occlusion")
    return row


def start(named: str, network: "Network") -> "str | Tensor":
    """Return how an image begins: one of the words for it, or a photo as the network sees it."""
    if named in CHOICES["start"]:
        return named
    from seethrough.images import photo

    return network.frame(photo(named))


def styles(named: Sequence[str]) -> "list[Tensor]":
    """Return pictures as they are, of any size."""
    from seethrough.images import expand, photo

    return [photo(source) for source in expand(named)]


def misled(
    needs: Sequence[str],
    given: Mapping[str, Any],
    network: "Network",
    sources: Sequence[Path | str],
    photos: "Sequence[Tensor]",
) -> dict[str, Any]:
    """Return what attacks, and what is done with their images, take beside the photos."""
    found: dict[str, Any] = {}
    if given.get("full_size"):
        from seethrough.fool.full_size import at_full_size

        found["network"], found["images"] = at_full_size(network, photos[0])
    if "mask" in needs and given.get("mask"):
        import torch

        from seethrough.fool.mask import mask_for
        from seethrough.images import photo

        seen, drawn = found.get("network", network), photo(given["mask"], name="mask")
        found["mask"] = torch.stack([mask_for(seen, drawn, one) for one in photos])
    if given.get("learn_on"):
        from seethrough.images import photo

        found["learn_on"] = network.frame(photo(given["learn_on"]))
    if "truth" in needs and given.get("classes") is None:
        from seethrough.fool.truths import truths

        found["classes"] = truths(sources, network)
    if "box" in needs:
        from seethrough.networks.frame import Box

        box = given.get("box")
        if box is not None and len(photos) > 1:
            raise UserError(f"a box belongs to one photo; {len(photos)} are given")
        found["box"] = None if box is None else network.frame.to_frame(Box(*_numbers(box, "box", 4)), photos[0])
    return found


def own_part(needs: Sequence[str], given: Mapping[str, Any], places: Sequence[int], count: int) -> dict[str, Any]:
    """Return of what may be said once for each of `count` photos (--to, --eps) the part of those that are attacked together."""
    found: dict[str, Any] = {}
    if given.get("to") and {"goal", "to"} & set(needs):
        found["to"] = _of_each("to", list(given["to"]), places, count)
    if "," in str(given.get("eps", "")) and "goal" in needs:
        eps = _of_each("eps", [one.strip() for one in given["eps"].split(",")], places, count)
        found["eps"] = eps if isinstance(eps, str) else ",".join(eps)
    return found


def _of_each(name: str, said: list[str], places: Sequence[int], count: int) -> str | list[str]:
    if len(said) == 1:
        return said[0]
    if len(said) != count:
        raise UserError(f"{name}: {len(said)} given for {count} photos; give one, or one for each photo")
    return [said[place] for place in places]


def resumable_work(
    function: JobFunction[..., Any], arguments: Mapping[str, Any], place: Path, weights: Path | None
) -> Job[Any]:
    """Return a job that keeps its state at a place, and goes on from there when the same is asked for again."""
    # Data sets of one name and length may hold other pictures.
    asked = {
        name: f"{value} {value.checksum()}" if hasattr(value, "checksum") else str(value)
        for name, value in arguments.items()
    }
    key = f"{function.__name__} {asked} {weights or ''}".strip()  # type: ignore[attr-defined]
    return resumable_at(place, partial(function.job, **arguments), key)


def region(box: str | None, points: str | None, network: "Network", photos: "Sequence[Tensor]") -> dict[str, Any]:
    """Turn a box or points of the photo into those of what the network sees of it."""
    from seethrough.networks.frame import Box

    if (box is None) == (points is None):
        raise UserError("give --box TOP,LEFT,BOTTOM,RIGHT or --points 'Y,X;Y,X', one of the two")
    if len(photos) > 1:
        raise UserError(f"a box or points belong to one photo; {len(photos)} are given")
    if box is not None:
        return {"region": network.frame.to_frame(Box(*_numbers(box, "box", 4)), photos[0])}
    found = []
    for pair in (points or "").split(";"):
        y, x = _numbers(pair, "points", 2)
        seen = network.frame.to_frame(Box(y, x, y + 1, x + 1), photos[0])
        found.append(((seen.top + seen.bottom) / 2, (seen.left + seen.right) / 2))
    return {"points": found}


def _numbers(text: str, name: str, count: int) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count:
        raise UserError(f"{name}: {text!r} does not fit; it takes {count} numbers with commas between them")
    return found
