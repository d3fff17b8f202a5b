"""The patches that excite all units of three layers most, beside the forward passes alone, photos read alike."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import torch
from torch import Tensor

from given import Given
from jobs.shape import OURS, Check, Pair, difference
from many import many_photos
from seethrough import study
from seethrough.datasets.stream import stream

BATCH, TOP = 16, 9
LAYERS = ("blocks.2.0", "blocks.4.0", "blocks.6.0")
ALONE = "forward passes alone"
MOST = 1.2
"""How many times as long as the passes alone it may take."""


def patches(given: Given) -> Pair:
    """Cut out what excites the units; the check looks for the largest number of each unit by hand."""
    network, data = given.network, many_photos(given.size.read)
    units = sum(network.layers[layer].units for layer in LAYERS)

    def outputs() -> Iterator[dict[str, Tensor]]:
        with closing(stream(data, network.frame, batch=BATCH)) as batches, torch.no_grad():
            for part in batches:
                yield network.run(part.images.to(given.device), LAYERS, stop=True)[1]

    def alone() -> None:
        for _ in outputs():
            pass

    def check(found: Mapping[str, Any]) -> Check:
        largest = [torch.cat([maps[layer].amax((2, 3)).amax(0) for layer in LAYERS]).cpu() for maps in outputs()]
        ours = torch.cat([layer.values[:, 0] for layer in found[OURS].layers])
        apart = difference(ours, torch.stack(largest).amax(0))
        return Check(f"difference of the largest {apart:.1e} of the range", apart < 1e-3)

    ways = {OURS: lambda: study.patches(network, data, units=LAYERS, top=TOP, batch=BATCH), ALONE: alone}
    return Pair(f"{len(data)} photos, {units} units", ways, check, asked={ALONE: 1 / MOST})
