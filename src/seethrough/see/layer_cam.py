"""LayerCAM: Grad-CAM with a weight for each place, fine enough for early layers too."""

from torch import Tensor

from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.evidence import weighed
from seethrough.see.goal import On, Score
from seethrough.see.heat import heat


def layer_cam(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    layer: str | None = None,
    unit: str | None = None,
    score: Score | None = None,
    on: On = "logit",
) -> Heatmap:
    """ReLU(sum over channels k of ReLU(d score / d A_k) * A_k), place by place (Jiang et al. 2021, IEEE TIP 30).

    >>> layer_cam(network, pixels, "espresso", layer="blocks.2").save("coffee-layer-cam.png")
    """
    images = network.checked(images)
    found = weighed(network, images, classes, _by_place, layer=layer, unit=unit, score=score, on=on)
    return heat("layer_cam", found.explained, images, settings={"layer": found.layer}, grid=found.grid)


def _by_place(maps: Tensor, slopes: Tensor) -> Tensor:
    return (slopes.relu() * maps).sum(dim=1).relu()
