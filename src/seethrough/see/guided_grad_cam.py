"""Guided Grad-CAM: guided backprop's outlines, where Grad-CAM is warm."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import evidence
from seethrough.see.goal import On, Score
from seethrough.see.heat import enlarged, heat
from seethrough.see.relu_rules import rule_gradient


def guided_grad_cam(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    layer: str | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """Max over colours of |guided backprop * Grad-CAM, enlarged to the image|.

    Selvaraju et al. 2017, arXiv:1610.02391: guided backprop says the same of every class, Grad-CAM says where this one is.
    For ReLU networks; others are refused by name.

    >>> guided_grad_cam(network, pixels, "espresso").save("coffee-guided-cam.png")
    """
    images = network.checked(images)
    found = evidence(network, images, classes, layer=layer, unit=unit, score=score, on=on)
    outlines = rule_gradient(found.explained, images, "guided")
    grid = (found.slopes.mean((2, 3), keepdim=True) * found.maps).sum(dim=1).relu()
    raw = outlines * enlarged(grid, (images.shape[-2], images.shape[-1]))[:, None]
    values = raw.abs().amax(dim=1)
    return heat(
        "guided_grad_cam", found.explained, images, settings={"layer": found.layer}, values=values, grid=grid, raw=raw
    )
