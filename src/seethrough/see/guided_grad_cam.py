"""Guided Grad-CAM: guided backprop's outlines, where Grad-CAM is warm."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import weighed
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
    found = weighed(network, images, classes, _by_channel, layer=layer, unit=unit, score=score, on=on)
    outlines = found.explained.in_passes(images, lambda few, some: rule_gradient(few, some, "guided"))
    raw = outlines * enlarged(found.grid, (images.shape[-2], images.shape[-1]))[:, None]
    values = raw.abs().amax(dim=1)
    settings = {"layer": found.layer}
    return heat("guided_grad_cam", found.explained, images, settings=settings, values=values, grid=found.grid, raw=raw)


def _by_channel(maps: Tensor, slopes: Tensor) -> Tensor:
    """Grad-CAM of the maps."""
    return (slopes.mean((2, 3), keepdim=True) * maps).sum(dim=1).relu()
