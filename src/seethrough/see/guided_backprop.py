"""Guided backprop: the gradient by the paths that are active and wanted."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat
from seethrough.see.relu_rules import rule_gradient


def guided_backprop(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """Max over colours of |d score / d pixel|, where a ReLU passes what is above 0 both ways: its input, and its gradient.

    Springenberg et al. 2015, arXiv:1412.6806. Sharp, but much the same for every class (see `sanity`). For ReLU networks;
    others are refused by name.

    >>> guided_backprop(network, pixels, "espresso").save("coffee-guided.png")
    """
    images = network.checked(images)
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    slope = explained.in_passes(images, lambda few, some: rule_gradient(few, some, "guided"))
    return heat("guided_backprop", explained, images, settings={}, values=slope.abs().amax(dim=1), raw=slope)
