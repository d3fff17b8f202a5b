"""Templates: what a linear classifier compares a picture with, one picture a class."""

from collections.abc import Sequence

from seethrough.errors import UserError
from seethrough.fool.linear_models.linear_model import LinearModel, linear_model
from seethrough.networks.network import Network
from seethrough.results.templates import Templates


def templates(
    network: LinearModel, shape: tuple[int, ...] | None = None, labels: Sequence[str] | None = None
) -> Templates:
    """Draw the weights of a linear classifier as pictures: a class's score is a template . pixels, plus a bias.

    `network` is a Network that is linear in its pixels (its gradient tells), or a fitted estimator of scikit-learn whose
    samples are pictures of `shape` (H, W) or (C, H, W); `labels` are names for its classes. An estimator that decides between
    two classes has one template: for the second, against the first.

    >>> templates(load("cifar10-linear")).save("templates.png")
    """
    known = linear_model(network)
    size = picture_shape(network, shape, known.weights.shape[1])
    names = known.names if labels is None else tuple(str(label) for label in labels)
    if len(names) != len(known.names):
        raise UserError(f"labels has {len(names)} names; {known.name} has {len(known.names)} classes")
    weights, bias = known.weights.view(-1, *size), known.bias
    if len(weights) == 2 and not bool(weights[0].any()):
        weights, bias, names = weights[1:], bias[1:], (f"{names[1]}, not {names[0]}",)
    return Templates(
        network=known.name,
        method="fool.templates",
        settings={"shape": list(size)},
        weights=weights.float(),
        bias=bias.float(),
        labels=names,
    )


def picture_shape(model: LinearModel, shape: tuple[int, ...] | None, features: int) -> tuple[int, int, int]:
    """Return how samples of so many numbers are pictures: channels, height, width; a network knows by itself."""
    if isinstance(model, Network):
        return (model.channels, *model.size)
    if shape is None:
        raise UserError(f"shape is not given; say how samples of {features} numbers are pictures: (H, W) or (C, H, W)")
    size = (1, *shape) if len(shape) == 2 else tuple(shape)
    if len(size) != 3 or size[0] not in (1, 3) or min(size) < 1 or size[0] * size[1] * size[2] != features:
        raise UserError(
            f"shape is {shape!r}; it takes (H, W) or (C, H, W) with 1 or 3 channels and {features} numbers in all"
        )
    return size[0], size[1], size[2]
