"""The scores of an image with a small part changed, for many places at once: only what can have changed is computed anew.

A change reaches a window of each map, wider layer after layer: its cone. The clean image is passed through once; for each
place only the windows are recomputed, with the clean maps around them. Where a window covers most of its map the whole map is
taken from there on, and means over a whole map change by what the window differs.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from seethrough.networks.cone.fold import IN_PLACE, folded
from seethrough.networks.cone.operations import Value, run, windowed
from seethrough.networks.cone.record import Recording, Ref, record
from seethrough.networks.cone.window import Clean, Window
from seethrough.networks.network import Network

MOST = 0.6
"""The share of a map from which on a window is no longer worth it."""
NEAR = 1e-4
"""How far scores may be from those of a full pass, beside the largest of them."""


@dataclass(frozen=True)
class Cone:
    """A network's operations, and the clean values of one image: `scores` of the image with parts changed.

    Of a layer, they are its output. With a `tolerance`, changes smaller than this share of a map's largest value are dropped
    at the windows' rims.
    """

    network: Network
    recording: Recording
    clean: tuple[Clean | None, ...]
    image: Tensor
    layer: str | None = None
    tolerance: float = 0.0

    @property
    def unchanged(self) -> Tensor:
        """Return the scores [1, K] of the image as it is."""
        clean = self.clean[self.recording.output.number]
        assert clean is not None
        return clean.map

    @property
    def bytes(self) -> int:
        """Count what its clean maps hold, laid out anew as windows are cut out of them."""
        return sum(2 * clean.map.nbytes for clean in self.clean if clean is not None)

    @torch.inference_mode()
    def scores(self, patches: Tensor, tops: Tensor, lefts: Tensor) -> Tensor:
        """Return the scores [P, K] of the image with patches [P, C, h, w] of pixels at `tops`, `lefts` [P] laid over it."""
        places = len(patches)
        assert self.clean[0] is not None
        begin = Window(self.clean[0], self.network.normalised(patches), tops, lefts)
        values: dict[int, Any] = {0: self._settled(begin)}
        left = self.recording.users()

        def value_of(ref: Ref) -> Value:
            value: Value = _part(values, ref)
            return value

        def plain_of(ref: Ref) -> Tensor:
            value = value_of(ref)
            return value.whole() if isinstance(value, Window) else value

        for number, operation in enumerate(self.recording.operations, start=1):
            clean = self.clean[number]
            found = None if clean is None else windowed(operation, value_of, clean)
            values[number] = run(operation, plain_of, places) if found is None else self._settled(found)
            for ref in operation.refs:
                left[ref.number] -= 1
                if not left[ref.number]:
                    values.pop(ref.number, None)  # memory is for what is still to be read
        return plain_of(self.recording.output)

    def _settled(self, value: Value) -> Value:
        if not isinstance(value, Window):
            return value
        if self.tolerance:
            value = value.trimmed(self.tolerance)
        return value.whole() if value.share >= MOST else value


def cone_of(network: Network, image: Tensor, *, layer: str | None = None, tolerance: float = 0.0) -> Cone | None:
    """Pass an image [1, C, H, W] through once, to the end or a layer; None where that cannot be followed step by step.

    >>> cone = cone_of(network, pixels)
    >>> cone.scores(torch.zeros(2, 3, 32, 32), torch.tensor([0, 96]), torch.tensor([0, 96])).shape
    torch.Size([2, 1000])
    """
    with network.quiet(), torch.inference_mode():
        normal = network.normalised(image)
        recording = record(network.module, normal, layer)
        if recording is None:
            return None
        recording = folded(recording)
        values: list[Any] = [normal]
        for operation in recording.operations:
            # Windows are cut out of these maps: nothing may change one that stands.
            value_of = _own if operation.function in IN_PLACE.values() else _part
            values.append(run(operation, functools.partial(value_of, values)))
        clean = tuple(Clean.of(value) if isinstance(value, Tensor) else None for value in values)
        cone = Cone(network, recording, clean, image, layer)
        return replace(cone, tolerance=tolerance) if _is_exact(cone) else None


def _part(values: Mapping[int, Any] | Sequence[Any], ref: Ref) -> Any:
    value = values[ref.number]
    return value if ref.part is None else value[ref.part]


def _own(values: Sequence[Any], ref: Ref) -> Any:
    return _part(values, ref).clone()


def _by_full_passes(cone: Cone, images: Tensor) -> Tensor:
    if cone.layer is None:
        return cone.network.scores(images)
    return cone.network.run(images, cone.layer, stop=True)[1][cone.layer]


def _is_exact(cone: Cone) -> bool:
    """Hold two places, one at the border, against full passes: a network may do otherwise with another image."""
    height, width = cone.image.shape[-2:]
    side = max(min(height, width) // 7, 1)
    patches = torch.rand(2, cone.image.shape[1], side, side, generator=torch.Generator().manual_seed(0))
    patches = patches.to(cone.image)
    tops, lefts = torch.tensor([height - side, (height - side) // 2]), torch.tensor([0, (width - side) // 3])
    full = cone.image.repeat(2, 1, 1, 1)
    for place, (top, left) in enumerate(zip(tops.tolist(), lefts.tolist(), strict=True)):
        full[place, :, top : top + side, left : left + side] = patches[place]
    try:
        found, right = cone.scores(patches, tops, lefts), _by_full_passes(cone, full)
    except (RuntimeError, IndexError, TypeError, ValueError):
        return False
    return found.shape == right.shape and bool((found - right).abs().max() <= NEAR * right.abs().max().clamp_min(1))
