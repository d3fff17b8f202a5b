"""Input gradient: which pixels a score is most sensitive to."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import On, Score
from seethrough.see.heat import heat
from seethrough.see.slope import slope


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
    explained, slopes = slope(network, images, classes, unit=unit, score=score, on=on)
    return heat("gradient", explained, images, settings={}, values=slopes.abs().amax(dim=1), raw=slopes)
