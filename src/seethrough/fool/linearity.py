"""Linearity: how straight the scores of all classes run along the one direction that fools a network best."""

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.fool.case import said_of
from seethrough.fool.radius import Eps, radius
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Classes, Network, gradients
from seethrough.results.heatmap import Target
from seethrough.results.linearity import Linearity


@job
def linearity(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    eps: Eps = "4/255",
    points: int = 41,
    top: int = 4,
    batch: int | None = None,
) -> Job[Linearity]:
    """Scores of all classes at x + t * sign(d cross entropy of the class / dx), for t from -eps to +eps.

    Goodfellow et al. 2014, arXiv:1412.6572, figure 4: excessive linearity is what lets small steps add up. As in the paper
    nothing is clipped: the pixels on the way may leave [0, 1]. How straight a score's line is says R^2 of the best straight
    line through its points. The class is the network's top guess unless one is given; `top` classes are named in the figure.

    >>> linearity(network, network.frame(photo("coffee"))).save("linearity.png")
    """
    batch = network.at_once(batch)
    if points < 3:
        raise UserError(f"points is {points}; it takes 3 or more")
    if top < 1:
        raise UserError(f"top is {top}; it takes 1 or more")
    images = network.checked(images).detach()
    far, words = radius(eps, len(images))
    if not bool((far > 0).all()):
        raise UserError(f"eps is {', '.join(words)}; it takes more than 0: a line has two ends")
    chosen = (
        said_of(network, images, max(batch, 1)).argmax(1) if classes is None else network.classes_for(images, classes)
    )
    first_scores, directions = [], []
    for part in torch.split(torch.arange(len(images)), max(batch, 1)):
        with gradients():
            pixels = images[part].clone().requires_grad_()
            scores = network.scores(pixels)
            cost = functional.cross_entropy(scores.float(), chosen[part].clone(), reduction="sum")
            (slope,) = torch.autograd.grad(cost, pixels)
        first_scores.append(scores.detach().float())
        directions.append(slope.sign())
    direction = torch.cat(directions)
    shares = torch.cat(first_scores).softmax(1).gather(1, chosen[:, None])[:, 0].tolist()
    names = network.labels.names
    # The middle one of an odd number of points is the photo itself, exactly.
    half = (points - 1) / 2
    way = far[:, None] * ((torch.arange(points, dtype=torch.float64) - half) / half)
    said: list[Tensor] = []
    parts = torch.split(torch.arange(len(images) * points), max(batch, 1))
    done = 0
    for number, part in enumerate(parts, start=1):
        rows, stops = part // points, part % points
        with gradients(), torch.no_grad():
            steps = way[rows, stops].to(images.device, images.dtype).view(-1, 1, 1, 1)
            moved = images[rows] + steps * direction[rows]
            said.append(network.scores(moved).float().cpu())
        done += len(part)
        if (yield Step(number, len(parts))) and done >= points:
            break
    # Asked to stop, it returns the photos it is done with.
    whole = done // points
    found = torch.cat(said)[: whole * points].view(whole, points, -1)
    return Linearity(
        network=network.name,
        method="fool.linearity",
        settings={"classes": chosen.tolist(), "eps": list(words), "points": points, "top": top},
        originals=images[:whole].cpu(),
        directions=direction[:whole].cpu(),
        targets=tuple(
            Target(names[index], index, share) for index, share in zip(chosen[:whole].tolist(), shares, strict=False)
        ),
        labels=names,
        way=way[:whole],
        eps=words if len(words) == 1 else words[:whole],
        scores=found,
        straightness=straightness(way[:whole], found),
        top=top,
    )


def straightness(way: Tensor, scores: Tensor) -> Tensor:
    """Return R^2 [B, K] of the straight line that fits each class's scores [B, S, K] best over the way [B, S].

    >>> t = torch.tensor([[-1.0, 0.0, 1.0]])
    >>> straightness(t, torch.tensor([[[1.0, 1.0], [2.0, 0.0], [3.0, 1.0]]]))
    tensor([[1., 0.]], dtype=torch.float64)
    """
    along = way.double() - way.double().mean(1, keepdim=True)
    values = scores.double()
    about = values - values.mean(1, keepdim=True)
    spread = about.square().sum(1)
    explained = (along[:, :, None] * about).sum(1).square() / along.square().sum(1, keepdim=True)
    # A score that does not change lies on a straight line.
    return torch.where(spread > 0, explained / spread, 1.0).clamp(0, 1)
