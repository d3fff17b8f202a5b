"""Input gradient: which pixels a score is most sensitive to."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score, goal
from seethrough.see.heat import heat


def gradient(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """Saliency: max over colours of |d score / d pixel| (Simonyan et al. 2014, arXiv:1312.6034).

    >>> gradient(network, pixels, "espresso").save("coffee-gradient.png")
    """
    images = network.checked(images)
    explained = goal(network, images, classes, unit=unit, score=score, on=on)
    _, slope = explained.gradient(images)
    return heat("gradient", explained, images, settings={}, values=slope.abs().amax(dim=1), raw=slope)
