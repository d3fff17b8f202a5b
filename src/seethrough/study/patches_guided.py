"""What guided backprop makes of patches: the pixels that a unit's peak really hangs on."""

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from seethrough.jobs import Step
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit
from seethrough.results.heatmap import Target
from seethrough.results.patches import LayerPatches, cut_out
from seethrough.see.goal import Goal
from seethrough.see.heat import plain
from seethrough.see.relu_rules import rule_gradient


def patches_guided(
    network: Network, images: Tensor, layers: tuple[LayerPatches, ...], done: int, asked: bool | None
) -> Generator[Step, bool | None, tuple[LayerPatches, ...]]:
    """Return the layers' patches with their guided backprop [U, k, C, h, w], a pass for each; `done` steps came before.

    The rule is that of Springenberg et al. 2015, arXiv:1412.6806. Where one asks to stop, the rest is not a number.
    """
    patches = sum(one.values.numel() for one in layers)
    total, found = done + patches, []
    for one in layers:
        top, left, bottom, right = one.boxes[0, 0].tolist()
        slopes = torch.full((*one.values.shape, images.shape[1], bottom - top, right - left), torch.nan)
        for row, column in torch.cartesian_prod(*(torch.arange(count) for count in one.values.shape)).tolist():
            picture = int(one.pictures[row, column])
            done += 1
            if asked or picture < 0:
                continue
            y, x = one.places[row, column].tolist()
            unit = Unit(one.layer, int(one.units[row]), (y, x) if y >= 0 else None)
            pixels = images[picture : picture + 1].to(network.device).float() / 255
            slope = rule_gradient(Goal(network, (Target(str(unit)),), unit=unit), pixels, "guided")
            slopes[row, column] = cut_out(plain(slope)[0], one.boxes[row, column].tolist(), 0.0)
            asked = yield Step(done, total)
        found.append(replace(one, guided=slopes))
    return tuple(found)
