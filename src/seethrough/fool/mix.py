"""Mix: a little of another class's template in a photo, until a linear classifier reads it as that class."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import Affine, Said
from seethrough.fool.linear_models.linear_model import LinearModel, linear_model
from seethrough.fool.linear_models.ray import first_read
from seethrough.networks.network import ClassLike, Network
from seethrough.results.guesses import Guess
from seethrough.results.mixed import Mixed

# As in `linear`: a class leads by so many roundings of what a score is the sum of, and by more where it takes more.
HAIR, WIDER, ROUNDS = 1.0, 8.0, 6


def mix(
    network: LinearModel,
    images: Tensor,
    *,
    to: ClassLike | Sequence[ClassLike],
    share: float | None = None,
) -> Mixed:
    """Add the template of the class `to` to photos [B, C, H, W]: clip(x + share * template, 0, 1), against a linear classifier.

    After Karpathy 2015, "Breaking Linear Classifiers on ImageNet". The template is the class's weights less the mean of all
    classes' (which moves no decision), scaled so that its largest number is 1: the share is the most that a pixel changes.
    Without `share` it is the least that makes `to` the top class, to the last digit, as every score is a line between the
    places where pixels turn black or white.

    >>> mix(load("cifar10-linear"), network.frame(photo("cat")), to="horse").save("cat-as-horse.png")
    """
    if share is not None and not 0 <= share < float("inf"):
        raise UserError(f"share is {share!r}; it takes 0 or more, the most that a pixel changes")
    known = linear_model(network)
    images = _checked(network, images, known)
    goals = known.classes_for(to, len(images))
    samples = images.flatten(1).double()
    rays = (known.weights - known.weights.mean(0))[goals]
    rays = rays / rays.abs().amax(1, keepdim=True).clamp(min=torch.finfo(rays.dtype).tiny)
    before = known.say(samples)
    shares = torch.full((len(images),), 0.0 if share is None else share, dtype=torch.float64)
    if share is None:
        shares = _least(known, samples, rays, goals, before, images.dtype)
    mixed = _mixed(samples, rays, shares, images.dtype)
    after = known.say(mixed.double())
    change = mixed.double() - samples
    return Mixed(
        network=known.name,
        method="fool.mix",
        settings={"to": [known.names[goal] for goal in goals.tolist()], "share": share},
        originals=images,
        templates=rays.float().view_as(images),
        images=mixed.view_as(images),
        shares=shares,
        goals=tuple(known.names[goal] for goal in goals.tolist()),
        before=_guesses(known, before),
        after=_guesses(known, after),
        goal_before=_shares(before, goals),
        goal_after=_shares(after, goals),
        success=after.chosen == goals,
        l2=change.norm(dim=1),
        linf=change.abs().amax(1),
    )


def _least(known: Affine, samples: Tensor, rays: Tensor, goals: Tensor, before: Said, dtype: torch.dtype) -> Tensor:
    """Return the least share [N] of each ray that makes its goal the top class; none where there is none."""
    room = torch.where(rays > 0, 1 - samples, samples)
    sizes = (samples.abs() @ known.weights.abs().T + known.bias.abs()).amax(1)
    shares = torch.zeros(len(samples), dtype=torch.float64)
    left, hair = (
        (before.chosen != goals).nonzero()[:, 0],
        HAIR * max(torch.finfo(one).eps for one in (dtype, known.precision)),
    )
    for _ in range(ROUNDS):
        for row in left.tolist():
            goal, over = int(goals[row]), hair * float(sizes[row])
            found = first_read(known, samples[row], rays[row], room[row], goal, over)
            shares[row] = shares[row] if found is None else found
        now = known.say(_mixed(samples[left], rays[left], shares[left], dtype).double()).chosen
        left, hair = left[now != goals[left]], hair * WIDER
        if not len(left):
            break
    return shares


def _mixed(samples: Tensor, rays: Tensor, shares: Tensor, dtype: torch.dtype) -> Tensor:
    return (samples + shares[:, None] * rays).clamp(0, 1).to(dtype)


def _checked(network: LinearModel, images: Tensor, known: Affine) -> Tensor:
    """Return images [B, C, H, W] that the classifier takes, in [0, 1], off any graph."""
    if isinstance(network, Network):
        return network.checked(images).detach().cpu().clamp(0, 1)
    if not isinstance(images, Tensor) or images.ndim != 4 or images[:1].numel() != known.weights.shape[1]:
        seen = list(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise UserError(f"images is {seen}; it takes [B, C, H, W] of {known.weights.shape[1]} numbers each")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 1):
        raise UserError(f"images has values from {low:.4g} to {high:.4g}; pixels are in [0, 1]")
    return images.detach().cpu()


def _guesses(known: Affine, said: Said) -> tuple[Guess, ...]:
    shares = _shares(said, said.chosen).tolist()
    return tuple(
        Guess(index, known.names[index], None, share) for index, share in zip(said.chosen.tolist(), shares, strict=True)
    )


def _shares(said: Said, classes: Tensor) -> Tensor:
    if said.probabilities is None:
        return torch.full((len(classes),), torch.nan, dtype=torch.float64)
    return said.probabilities.gather(1, classes[:, None])[:, 0]
