"""A strip of layers: early, middle and late maps of a photo in one sheet."""

from collections.abc import Sequence

from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.layers_strip import LayerMaps, LayersStrip
from seethrough.see.evidence import map_layer
from seethrough.see.feature_maps import Pick, pick_units, picked
from seethrough.see.heat import plain
from seethrough.see.spatial import map_shape

DEPTHS = {"early": 0.1, "middle": 0.5, "late": 0.95}
ACTIVATIONS = frozenset(
    (
        "ReLU ReLU6 LeakyReLU PReLU RReLU ELU SELU CELU GELU GELUTanh QuickGELU SiLU Swish Mish Hardswish HardSwish Hardtanh "
        "Softplus Tanh Sigmoid"
    ).split()
)


def layers_strip(
    network: Network,
    images: Tensor,
    *,
    layers: str | Sequence[str] | None = None,
    pick: Pick = "interesting",
    count: int = 5,
) -> LayersStrip:
    """Return `count` maps of an early, a middle and a late layer for each image, read in one pass; `pick` as in feature_maps.

    `layers` are names, or one text of them with commas. Without, they are the layers with maps nearest to 10 %, 50 % and 95 %
    of the way, in the order they finish; only activations (ReLU and its like) count where the network has three of them.

    >>> layers_strip(network, pixels).save("coffee-layers.png")
    """
    images = network.checked(images)
    if layers is None:
        names = early_middle_late(network)
    else:
        wanted = layers.split(",") if isinstance(layers, str) else layers
        names = dict.fromkeys((map_layer(network, layer.strip()) for layer in wanted), "")
        if not names:
            raise UserError(f"layers is empty; name one or more, for example {', '.join(early_middle_late(network))}")
    found = picked(network, images, list(names), lambda layer, maps: pick_units(maps, pick, count))
    parts = [
        LayerMaps(depth, name, found[name].total, found[name].units, found[name].maps) for name, depth in names.items()
    ]
    return LayersStrip(
        network=network.name,
        method="see.layers_strip",
        settings={"layers": list(names), "pick": pick, "count": count},
        images=plain(images),
        layers=tuple(parts),
    )


def early_middle_late(network: Network) -> dict[str, str]:
    """Return up to three layers with maps that lie over the image, in order, each with what to call its depth."""
    spatial = [layer for layer in network.layers.values() if map_shape(layer, network.size) is not None]
    if not spatial:
        raise UserError(f"{network.name} has no layer with a map that lies over the image")
    active = [place for place, layer in enumerate(spatial) if layer.kind in ACTIVATIONS]
    free = active if len(active) >= len(DEPTHS) else list(range(len(spatial)))
    chosen: dict[int, str] = {}
    for depth, share in DEPTHS.items():
        wanted = share * (len(spatial) - 1)
        left = [place for place in free if place not in chosen]
        if left:
            chosen[min(left, key=lambda place: abs(place - wanted))] = depth
    # Where there is little to choose from, the nearest that was left may lie before the one already taken.
    return {spatial[place].name: depth for place, depth in zip(sorted(chosen), chosen.values(), strict=True)}
