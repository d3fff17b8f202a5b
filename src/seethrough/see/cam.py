"""CAM: the class's own weights laid over the last maps, for networks that end in pooling and one linear layer."""

import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import goal
from seethrough.see.heat import heat
from seethrough.see.spatial import as_maps, map_shape


def cam(network: Network, images: Tensor, classes: Classes = None) -> Heatmap:
    """Sum over channels k of w_k A_k: A the maps that are pooled, w the class's row of the last layer.

    Zhou et al. 2016, arXiv:1512.04150. Only where the network is average pooling + one linear layer (else refused, by name);
    its mean over places plus the bias is the class's score.

    >>> cam(network, pixels, "espresso").save("coffee-cam.png")
    """
    images = network.checked(images)
    explained = goal(network, images, classes)
    maps_at, head = pooled_layer(network)
    assert explained.classes is not None
    with torch.inference_mode(False), torch.no_grad():
        grids = [
            _grid(network, maps_at, images[rows], head.weight[explained.classes[rows]].float())
            for rows in network.parts(len(images))
        ]
        grid = torch.cat(grids)
    return heat("cam", explained, images, settings={"layer": maps_at}, grid=grid, signed=True)


def _grid(network: Network, maps_at: str, images: Tensor, weights: Tensor) -> Tensor:
    _, found = network.run(images, maps_at, stop=True)
    maps = as_maps(found[maps_at], network.layers[maps_at], (images.shape[-2], images.shape[-1])).float()
    return torch.einsum("bchw,bc->bhw", maps, weights)


def pooled_layer(network: Network) -> tuple[str, nn.Linear]:
    """Return the maps that are pooled and the linear layer that reads them, after checking on numbers that this is all."""
    last = list(network.layers.values())[-1]
    parts = dict(network.module.named_modules())
    ends = [name for name, layer in network.layers.items() if isinstance(parts[name.partition("#")[0]], nn.Linear)]
    refusal = (
        f"{network.name} does not end in average pooling and one linear layer: CAM has no meaning for it; try grad-cam"
    )
    head = parts[ends[-1].partition("#")[0]] if ends else None
    if not isinstance(head, nn.Linear) or network.layers[ends[-1]].shape != last.shape:
        raise UserError(refusal)
    maps = [
        layer.name
        for layer in network.layers.values()
        if len(layer.shape) == 3 and layer.units == head.in_features and map_shape(layer, network.size) is not None
    ]
    if not maps:
        raise UserError(refusal)
    # Two random pictures settle it: the scores must be the weights times the mean of the maps, and nothing else.
    two = torch.rand(2, network.channels, *network.size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(False), torch.no_grad():
        output, found = network.run(two.to(network.device), maps[-1])
        expected = nn.functional.linear(found[maps[-1]].mean((2, 3)), head.weight, head.bias)
    if not isinstance(output, Tensor) or output.shape != expected.shape:
        raise UserError(refusal)
    if not torch.allclose(output.float(), expected.float(), rtol=1e-2, atol=1e-2 * float(output.abs().amax())):
        raise UserError(refusal)
    return maps[-1], head
