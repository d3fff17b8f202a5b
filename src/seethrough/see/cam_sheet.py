"""CAM of a photo's likeliest classes, in one sheet."""

from dataclasses import replace

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.cam import cam


def cam_sheet(network: Network, images: Tensor, *, top: int = 5) -> Heatmap:
    """CAM of each photo for its own `top` guesses, one under the other: what sets the likely classes apart.

    >>> cam_sheet(network, pixels).save("coffee-top-five.png")
    """
    if top < 1:
        raise UserError(f"top is {top}; it takes 1 or more")
    images = network.checked(images)
    with torch.inference_mode(False), torch.no_grad():
        scores = network.scores_in_parts(images)
    top = min(top, scores.shape[1])
    found = cam(network, images.repeat_interleave(top, dim=0), scores.topk(top, dim=1).indices.flatten())
    return replace(found, method="see.cam_sheet", settings={**found.settings, "top": top})
