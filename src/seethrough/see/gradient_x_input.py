"""Gradient times input: what each pixel adds to the score of the network taken as linear."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score
from seethrough.see.heat import heat
from seethrough.see.slope import slope


def gradient_x_input(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """Sum over colours of pixel * d score / d pixel (Shrikumar et al. 2016, arXiv:1605.01713); on a linear network, its terms.

    >>> gradient_x_input(network, pixels, "espresso").save("coffee-terms.png")
    """
    images = network.checked(images)
    explained, slopes = slope(network, images, classes, unit=unit, score=score, on=on)
    terms = slopes * images.to(slopes.dtype)
    return heat("gradient_x_input", explained, images, settings={}, values=terms.sum(dim=1), raw=terms, signed=True)
