"""Score-CAM: a layer's maps, each weighted by the score of the image seen through it."""

import torch
from torch import Tensor

from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import map_layer
from seethrough.see.goal import goal
from seethrough.see.heat import enlarged, heat
from seethrough.see.spatial import as_maps


@job
def score_cam(
    network: Network, images: Tensor, classes: Classes = None, *, layer: str | None = None, batch: int | None = None
) -> Job[Heatmap]:
    """ReLU(sum over channels k of w_k A_k), w = softmax over k of score(image * A_k, enlarged and stretched to [0, 1]).

    Wang et al. 2020, arXiv:1910.01279, Algorithm 1. The score is the logit: probabilities lie so close together that their
    softmax weighs all channels alike, whatever the class. The score of a black image, which the paper subtracts, is the
    same for all channels and leaves their softmax as it is. A channel without differences shows nothing and has no weight.
    A are the maps of `layer`: by default the last there are. Asked to stop, it returns the sum over the channels done.

    >>> score_cam(network, pixels, "espresso").save("coffee-score-cam.png")
    """
    batch = network.at_once(batch)
    images = network.checked(images)
    explained = goal(network, images, classes)
    name = map_layer(network, layer)
    size = (images.shape[-2], images.shape[-1])
    # The maps of a few images at a time: those of an early layer are large.
    groups = torch.split(torch.arange(len(images), device=images.device), max(batch, 1))
    work = [torch.split(_telling(_maps(network, images[rows], name)), max(batch, 1)) for rows in groups]
    done, total, stop = 0, sum(len(passes) for passes in work), False
    grids: list[Tensor] = []
    for rows, passes in zip(groups, work, strict=True):
        maps = _maps(network, images[rows], name)
        scores = torch.full(maps.shape[:2], -torch.inf, dtype=maps.dtype, device=maps.device)
        # Channel by channel rather than image by image, so that a job that is stopped early has seen some of every image.
        for channels, own in (pairs.T for pairs in passes if not stop):
            with torch.inference_mode(False), torch.no_grad():
                masks = _stretched(enlarged(maps[own, channels], size)).to(images.dtype)
                numbers, _ = explained.numbers(images[rows[own]] * masks[:, None], rows[own])
            scores[own, channels] = numbers.to(scores)
            done += 1
            stop = bool((yield Step(done, total)))
        # An image none of whose channels tells anything has no softmax.
        unseen = scores.isneginf().all(dim=1, keepdim=True)
        weights = torch.where(unseen, 0, scores.softmax(dim=1))
        grids.append(torch.einsum("bc,bchw->bhw", weights, maps).relu())
    return heat("score_cam", explained, images, settings={"layer": name}, grid=torch.cat(grids))


def _maps(network: Network, images: Tensor, layer: str) -> Tensor:
    with torch.inference_mode(False), torch.no_grad():
        _, found = network.run(images, layer, stop=True)
        maps = as_maps(found[layer], network.layers[layer], (images.shape[-2], images.shape[-1]))
        return maps.to(torch.promote_types(maps.dtype, torch.float32))


def _telling(maps: Tensor) -> Tensor:
    """Return which channels of which images differ from place to place, as pairs: the channel first, and the image.

    Looked for before enlarging, whose rounding would make faint differences in a flat map, and stretching great ones.
    """
    return (maps.amax((2, 3)) > maps.amin((2, 3))).T.nonzero()


def _stretched(maps: Tensor) -> Tensor:
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low).clamp_min(torch.finfo(maps.dtype).tiny)
