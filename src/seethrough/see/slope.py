"""What is explained, and its slope with respect to the pixels, from one pass there and back."""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.networks.network import Classes, Network, gradients
from seethrough.see.goal import Goal, On, Score, goal, together


def slope(
    network: Network,
    images: Tensor,
    classes: Classes,
    *,
    unit: str | None,
    score: Score | None,
    on: On,
) -> tuple[Goal, Tensor]:
    """Return the goal, and d number / d pixels [B, C, H, W]; what the network takes the images for is read from the same pass.

    >>> slope(network, pixels, "espresso", unit=None, score=None, on="logit")[1].shape
    torch.Size([1, 3, 224, 224])
    """
    if unit is not None:
        explained = goal(network, images, classes, unit=unit, score=score, on=on)
        return explained, explained.gradient(images)[1]
    chosen = None if classes is None else network.classes_for(images, classes)
    goals, slopes = list[Goal](), list[Tensor]()
    with network.quiet(), gradients():
        for rows in network.parts(len(images)):
            pixels = images[rows].detach().clone().requires_grad_()
            output, _ = network.run(pixels)
            few = goal(network, pixels, None if chosen is None else chosen[rows], score=score, on=on, output=output)
            numbers = few.of(output, len(rows))
            if not numbers.requires_grad:
                raise UserError(f"{few.targets[0]} does not depend on the pixels; it has no gradient")
            slopes.append(torch.autograd.grad(numbers.sum(), pixels, materialize_grads=True)[0])
            goals.append(few)
    return together(goals), torch.cat(slopes)
