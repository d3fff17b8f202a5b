"""Deconvnet: the signal run backwards through the network."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat
from seethrough.see.relu_rules import rule_gradient


def deconvnet(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """Max over colours of |d score / d pixel|, where a ReLU passes the gradient that is above 0, whatever its input was.

    Zeiler & Fergus 2014, arXiv:1311.2901: convolutions transposed, and max pooling undone with its switches, which are all
    that it knows of the image. For ReLU networks; others are refused by name.

    >>> deconvnet(network, pixels, "espresso").save("coffee-deconvnet.png")
    """
    images = network.checked(images)
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    slope = explained.in_passes(images, lambda few, some: rule_gradient(few, some, "deconvnet"))
    return heat("deconvnet", explained, images, settings={}, values=slope.abs().amax(dim=1), raw=slope)
