"""First layers: what several networks look for in raw pixels, side by side."""

from collections.abc import Sequence

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.first_layers import FirstLayers
from seethrough.see.filters import filters


def first_layers(networks: Sequence[Network], *, most: int = 64) -> FirstLayers:
    """Return the filters of each network's first convolution, to be drawn in one figure, the first `most` of each.

    >>> first_layers([network, load("torchvision:alexnet")]).save("first-layers.png")
    """
    if isinstance(networks, Network) or len(networks) == 0:
        raise UserError(f"networks is {'one network' if networks else 'empty'}; give a list of one or more")
    found = tuple(filters(network, most=most) for network in networks)
    return FirstLayers(
        network=", ".join(network.name for network in networks),
        method="see.first_layers",
        settings={"most": most},
        filters=found,
    )
