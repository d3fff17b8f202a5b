"""The three ways back through a ReLU, side by side."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.comparison import Comparison
from seethrough.see.deconvnet import deconvnet
from seethrough.see.goal import On, Score
from seethrough.see.gradient import gradient
from seethrough.see.guided_backprop import guided_backprop


def backprop_compare(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Comparison:
    """The gradient, deconvnet and guided backprop of the same scores: what each rule for the ReLU lets through.

    Figure 1 of Springenberg et al. 2015, arXiv:1412.6806, on a photo. For ReLU networks; others are refused by name.

    >>> backprop_compare(network, pixels, "espresso").save("coffee-three-ways.png")
    """
    ways = (gradient, deconvnet, guided_backprop)
    maps = tuple(way(network, images, classes, unit=unit, score=score, on=on) for way in ways)
    return Comparison(network=network.name, method="see.backprop_compare", settings=dict(maps[0].settings), maps=maps)
