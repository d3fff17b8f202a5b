"""A network that is linear in its pixels: found out by its gradient, which is the same everywhere."""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import Affine, Said
from seethrough.networks.network import Network, gradients

CLOSE = 1e-3
"""How far gradients may differ, as a share of their largest number: rounding, not a bend."""


def of_network(network: Network) -> Affine:
    """Read the weights of a linear network: the gradient of each class's score; refuse every other network in one line."""
    size = (network.channels, *network.size)
    stream = torch.Generator().manual_seed(0)
    grey, noise, third = torch.rand(3, 1, *size, generator=stream).to(network.device, network.dtype)
    other = noise.round()
    classes = len(network.labels)
    first = torch.zeros(1, dtype=torch.long)
    # One class at two places tells at little cost; only then are all classes asked.
    _same(network, *(network.score_gradient(image, first) for image in (grey, other)))
    rows = [network.score_gradient(grey.expand(len(part), -1, -1, -1), part) for part in network.parts(classes)]
    weights = torch.cat(rows).flatten(1).cpu().double()
    with gradients(), torch.no_grad():
        bias = network.scores(torch.zeros_like(grey))[0].cpu().double()
        said = network.scores(third)[0].cpu().double()
    # Rounding grows with the numbers added up.
    _same(network, third.flatten().cpu().double() @ weights.T + bias, said)

    def say(samples: Tensor) -> Said:
        images = samples.view(-1, *size).to(network.device)
        with gradients(), torch.no_grad():
            scores = network.scores_in_parts(images).cpu()
        return Said(scores.double(), scores.double().softmax(1), scores.argmax(1))

    return Affine(network.name, weights, bias, network.labels.names, say, network.resolve_class, network.dtype)


def _same(network: Network, one: Tensor, other: Tensor) -> None:
    if float((one - other).abs().max()) > CLOSE * float(one.abs().max()):
        raise UserError(
            f"{network.name} is not linear in its pixels; give a linear one, such as cifar10-linear, or linear weights"
        )
