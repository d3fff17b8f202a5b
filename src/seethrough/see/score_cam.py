"""Score-CAM: a layer's maps, each weighted by the score of the image seen through it."""

import torch
from torch import Tensor

from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network
from seethrough.networks.streams import BATCH
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import map_layer
from seethrough.see.goal import goal
from seethrough.see.heat import enlarged, heat
from seethrough.see.spatial import as_maps


@job
def score_cam(
    network: Network, images: Tensor, classes: Classes = None, *, layer: str | None = None, batch: int = BATCH
) -> Job[Heatmap]:
    """ReLU(sum over channels k of w_k A_k), w = softmax over k of score(image * A_k, enlarged and stretched to [0, 1]).

    Wang et al. 2020, arXiv:1910.01279, Algorithm 1. The score is the logit: probabilities lie so close together that their
    softmax weighs all channels alike, whatever the class. The score of a black image, which the paper subtracts, is the
    same for all channels and leaves their softmax as it is. A channel without differences shows nothing and has no weight.
    A are the maps of `layer`: by default the last there are. Asked to stop, it returns the sum over the channels done.

    >>> score_cam(network, pixels, "espresso").save("coffee-score-cam.png")
    """
    images = network.checked(images)
    explained = goal(network, images, classes)
    name = map_layer(network, layer)
    size = (images.shape[-2], images.shape[-1])
    with torch.inference_mode(False), torch.no_grad():
        _, found = network.run(images, name, stop=True)
    maps = as_maps(found[name], network.layers[name], size)
    maps = maps.to(torch.promote_types(maps.dtype, torch.float32))
    # Looked for before enlarging, whose rounding would make faint differences in a flat map, and stretching great ones.
    tells = maps.amax((2, 3)) > maps.amin((2, 3))
    scores = torch.full_like(tells, -torch.inf, dtype=maps.dtype)
    # Channel by channel rather than image by image, so that a job that is stopped early has seen some of every image.
    work = torch.split(tells.T.nonzero(), max(batch, 1))
    for done, pairs in enumerate(work, start=1):
        channels, rows = pairs.T
        with torch.inference_mode(False), torch.no_grad():
            masks = _stretched(enlarged(maps[rows, channels], size)).to(images.dtype)
            numbers, _ = explained.numbers(images[rows] * masks[:, None], rows)
        scores[rows, channels] = numbers.to(scores)
        if (yield Step(done, len(work))):
            break
    # An image none of whose channels tells anything has no softmax.
    unseen = scores.isneginf().all(dim=1, keepdim=True)
    weights = torch.where(unseen, 0, scores.softmax(dim=1))
    grid = torch.einsum("bc,bchw->bhw", weights, maps).relu()
    return heat("score_cam", explained, images, settings={"layer": name}, grid=grid)


def _stretched(maps: Tensor) -> Tensor:
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low).clamp_min(torch.finfo(maps.dtype).tiny)
