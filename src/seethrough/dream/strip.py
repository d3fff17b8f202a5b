"""A strip: which layers of a network to go through one after another, and loops at each of them as one job."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.loop import Climb
from seethrough.dream.glimpses import shown_as
from seethrough.dream.trunk import trunk
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, part_of
from seethrough.networks.network import Network
from seethrough.see.spatial import map_shape

# The places of some of the pictures, and the loop that makes them.
Part: TypeAlias = tuple[list[int], Callable[[], Job[Climb]]]


def strip(network: Network, layers: str | Sequence[str] | None, shares: Sequence[float]) -> list[str]:
    """Return the layers a person named, also as one text with commas; `all` is every stage of the network.

    Without, they are the stages at those shares of the way from the first to the last.

    >>> strip(load(), None, (0, 0.5, 1))
    ['bn1', 'blocks.4.0', 'classifier']
    """
    if layers is None:
        found = stages(network)
        return list(dict.fromkeys(found[round(share * (len(found) - 1))] for share in shares))
    wanted = [name.strip() for name in (layers.split(",") if isinstance(layers, str) else layers)]
    if wanted == ["all"]:
        return stages(network)
    names = list(dict.fromkeys(network.resolve_layer(name) for name in wanted if name))
    if not names:
        raise UserError(f"layers is empty; name one or more, for example {', '.join(strip(network, None, shares))}")
    return names


def stages(network: Network) -> list[str]:
    """Return the layers that all of an image's code has to pass, in order: the trunk, and the fully connected layers after it.

    >>> stages(load())[-3:]
    ['blocks.6.0', 'bn2', 'classifier']
    """
    layers = list(network.layers.values())
    spatial = any(map_shape(layer, network.size) is not None for layer in layers)
    with_maps = [name for name, _ in trunk(network)] if spatial else []
    names = [layer.name for layer in layers]
    after = layers[names.index(with_maps[-1]) + 1 :] if with_maps else layers
    return with_maps + [layer.name for layer in after if layer.family == "fully connected"] or names


def in_turn(parts: Sequence[Part], pictures: Tensor) -> Generator[Step, bool | None, list[tuple[list[int], Climb]]]:
    """Run one loop after another as one job, and return those that were begun, with the places of their pictures.

    A peek shows all the pictures [N, C, H, W]: those done, those under way, and the others as they are given.
    """
    pictures = pictures.detach()
    done: list[tuple[list[int], Climb]] = []
    for number, (places, loop) in enumerate(parts):
        among = partial(_among, pictures, places)
        climb, asked = yield from part_of(shown_as(loop(), among), number, len(parts))
        pictures = among(climb.images)
        done.append((places, climb))
        if asked:
            break
    return done


def _among(pictures: Tensor, places: list[int], images: Tensor) -> Tensor:
    return pictures.index_copy(0, torch.tensor(places, device=pictures.device), images.to(pictures))


def filled(traces: Sequence[Tensor]) -> Tensor:
    """Put traces [b, steps] under one another; one that was stopped is filled up with what is not a number."""
    longest = max(trace.shape[1] for trace in traces)
    return torch.cat([functional.pad(one, (0, longest - one.shape[1]), value=torch.nan) for one in traces])
