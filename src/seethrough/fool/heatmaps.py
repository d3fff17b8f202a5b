"""Why the photo was read rightly, and why its misleading image is not: both heat maps."""

from dataclasses import replace

from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.see.grad_cam import grad_cam


def with_heatmaps(network: Network, fooling: Fooling) -> Fooling:
    """Return the result with the Grad-CAM of what each image was read as before, and of what it is read as now.

    >>> with_heatmaps(network, pgd(network, pixels, to="ostrich")).save("why.png")
    """
    before = grad_cam(network, network.frame(fooling.originals), [guess.index for guess in fooling.before])
    after = grad_cam(network, network.frame(fooling.images), [guess.index for guess in fooling.after])
    return replace(fooling, heatmaps=(before, after))
