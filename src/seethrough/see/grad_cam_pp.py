"""Grad-CAM++: Grad-CAM that gives every place of a class its due, also where it appears more than once."""

import torch
from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import weighed
from seethrough.see.goal import On, Score
from seethrough.see.heat import heat


def grad_cam_pp(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    layer: str | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """ReLU(sum_k w_k A_k), w_k = sum over places of a * ReLU(g), a = g^2 / (2 g^2 + g^3 sum A_k), g = d score / d A_k.

    Chattopadhay et al. 2018, arXiv:1710.11063 (the derivatives are those of exp(score), whose common factor cancels in a).

    >>> grad_cam_pp(network, pixels, "espresso").save("coffee-cam-pp.png")
    """
    images = network.checked(images)
    found = weighed(network, images, classes, _by_share, layer=layer, unit=unit, score=score, on=on)
    return heat("grad_cam_pp", found.explained, images, settings={"layer": found.layer}, grid=found.grid)


def _by_share(maps: Tensor, slopes: Tensor) -> Tensor:
    square, cube = slopes**2, slopes**3
    below = 2 * square + cube * maps.sum((2, 3), keepdim=True)
    shares = torch.where(slopes != 0, square / torch.where(below != 0, below, torch.ones_like(below)), 0.0)
    weights = (shares * slopes.relu()).sum((2, 3), keepdim=True)
    return (weights * maps).sum(dim=1).relu()
