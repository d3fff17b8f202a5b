"""Sanity check: does a map change when what the network has learned is taken away?"""

import copy
from typing import Any

import torch
from skimage.metrics import structural_similarity
from torch import Tensor, nn

from seethrough.errors import UserError, unknown
from seethrough.jobs import WHOLE, Job, Step, job
from seethrough.networks.held import lock_of
from seethrough.networks.network import Classes, Network
from seethrough.results.sanity import Sanity
from seethrough.see.inner_job import as_job, inner_job
from seethrough.see.ranking import spearman
from seethrough.see.table import TABLE
from seethrough.tables import Method


@job
def sanity_check(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    method: str = "grad_cam",
    stages: int = 8,
    seed: int = 0,
    **settings: Any,
) -> Job[Sanity]:
    """Compare a method's map with those of networks whose layers are made random, one after another from the output down.

    Adebayo et al. 2018, arXiv:1810.03292. A map that stays as it was shows the photo, not what the network knows of it. A copy
    of the network is randomised (this one is not touched): the last layer first, then, in even steps over the layers with
    weights, all of them. New weights are drawn from a normal distribution with each tensor's own mean and standard deviation,
    running statistics stay. The class explained stays that of the first map. Similarity is Spearman's rank correlation and
    SSIM (of maps stretched to [0, 1]). `settings` are the method's own. Asked to stop, it returns the stages done.

    >>> sanity_check(network, pixels, method="guided_backprop").save("guided-backprop-sanity.png")
    """
    row = _method(method)
    chosen = _settings(row, settings)
    images = network.checked(images)
    order = _from_the_top(network)
    if not 1 <= stages <= len(order):
        raise UserError(
            f"stages is {stages}; it takes 1 to {len(order)}, as many as {network.name} has layers with weights"
        )
    depths = [len(order)] if stages == 1 else [1 + (len(order) - 1) * stage // (stages - 1) for stage in range(stages)]
    function = row.load()
    first, stop = yield from inner_job(as_job(function, network, images, classes, **chosen), 0, stages + 1)
    explained = torch.tensor([target.index for target in first.targets])
    if "layer" in first.settings:
        chosen["layer"] = first.settings["layer"]
    twin = _copy(network)
    random = torch.Generator().manual_seed(seed)
    found = [first.values]
    reached = 0
    for stage, depth in enumerate(depths, start=1):
        if stop or (yield Step(WHOLE * stage // (stages + 1), WHOLE)):
            break
        for name in order[reached:depth]:
            _randomise(twin.module.get_submodule(name), random)
        reached = depth
        heatmap, stop = yield from inner_job(as_job(function, twin, images, explained, **chosen), stage, stages + 1)
        if not stop:
            found.append(heatmap.values)
    maps = torch.stack(found)
    return Sanity(
        network=network.name,
        method="see.sanity_check",
        settings={"method": row.name, "stages": stages, "seed": seed, **chosen},
        heatmap=first,
        layers=tuple(order[depth - 1] or "input tokens" for depth in depths[: len(found) - 1]),
        depths=tuple(depths[: len(found) - 1]),
        weighted=len(order),
        maps=maps,
        rank=torch.stack([spearman(maps[0], one) for one in maps]),
        structure=torch.stack([_structure(maps[0], one) for one in maps]),
    )


def _method(name: str) -> Method:
    row = TABLE[name]
    if row.makes != "Heatmap" or "class" not in row.needs:
        fitting = ", ".join(one.command for one in TABLE.values() if one.makes == "Heatmap" and "class" in one.needs)
        raise UserError(f"method is {name!r}, which makes no map of a class; choose one of {fitting}")
    return row


def _settings(row: Method, given: dict[str, Any]) -> dict[str, Any]:
    """Return a method's settings, held against its row; a layer, and what the class is measured on, are settings too."""
    known = {setting.name: setting for setting in row.settings}
    others = [name for name in ("layer", "on") if name in row.needs]
    for name in given:
        if name not in known and name not in others:
            raise unknown(f"setting of {row.command}", name, [*known, *others])
    return {name: known[name].check(value) if name in known else value for name, value in given.items()}


def _from_the_top(network: Network) -> list[str]:
    """Return the modules that hold weights, by name, from the output down; last those that are no layer (tokens)."""
    own = [
        name for name, part in network.module.named_modules() if next(part.parameters(recurse=False), None) is not None
    ]
    finished = [name.partition("#")[0] for name in network.layers]
    # A module used twice stands where it is used last.
    layers = [name for name in dict.fromkeys(reversed(finished)) if name in own]
    return [*layers, *(name for name in own if name not in layers)]


def _copy(network: Network) -> Network:
    """Return the network around a copy of its module, with a lock of its own."""
    twin = copy.copy(network)
    # Copied inside inference mode, weights could take part in no gradient.
    with torch.inference_mode(False), network.lock:
        twin.module = copy.deepcopy(network.module)
        vars(twin).pop("_compiled", None)
    twin.lock = lock_of(twin.module)
    return twin


def _randomise(part: nn.Module, random: torch.Generator) -> None:
    with torch.inference_mode(False), torch.no_grad():
        for weight in part.parameters(recurse=False):
            known = weight.float()
            drawn = torch.randn(weight.shape, generator=random).to(known.device)
            weight.copy_(known.mean() + known.std(correction=0) * drawn)


def _structure(one: Tensor, other: Tensor) -> Tensor:
    """Return the structural similarity (Wang et al. 2004) of pairs of maps [B, H, W], each stretched to [0, 1]."""
    side = min(7, *one.shape[1:])
    window = side if side % 2 else side - 1
    pairs = zip(_stretched(one), _stretched(other), strict=True)
    found = [structural_similarity(a.numpy(), b.numpy(), data_range=1.0, win_size=window) for a, b in pairs]
    return torch.tensor([float(value) for value in found], dtype=torch.float64)


def _stretched(maps: Tensor) -> Tensor:
    """Stretch each map to [0, 1]; what is not a number becomes the least, and a flat map is 0."""
    flat = maps.double().flatten(1)
    known = flat.isfinite()
    low = flat.masked_fill(~known, torch.inf).amin(1, keepdim=True)
    high = flat.masked_fill(~known, -torch.inf).amax(1, keepdim=True)
    stretched = (flat - low) / (high - low)
    return torch.where(known & (high > low), stretched, torch.zeros_like(flat)).view(maps.shape)
