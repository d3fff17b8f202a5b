"""Grad-CAM: where in a layer's maps the evidence for a class lies."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import weighed
from seethrough.see.goal import On, Score
from seethrough.see.heat import heat


def grad_cam(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    layer: str | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """ReLU(sum over channels k of w_k A_k), w_k the mean over places of d score / d A_k.

    Selvaraju et al. 2017, arXiv:1610.02391. A are the maps of `layer`: by default the last there are; a transformer's tokens
    are laid out as the grid they came from.

    >>> grad_cam(network, pixels, "espresso").save("coffee-cam.png")
    """
    images = network.checked(images)
    found = weighed(network, images, classes, by_channel, layer=layer, unit=unit, score=score, on=on)
    return heat("grad_cam", found.explained, images, settings={"layer": found.layer}, grid=found.grid)


def by_channel(maps: Tensor, slopes: Tensor) -> Tensor:
    """Return ReLU(sum over channels of w A) [B, h, w], w the mean slope of a channel."""
    weights = slopes.mean((2, 3), keepdim=True)
    return (weights * maps).sum(dim=1).relu()
