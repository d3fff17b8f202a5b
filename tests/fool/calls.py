"""How the tests of attacks call them: with small settings, on networks that count what they are asked."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seethrough.fool.table import TABLE
from seethrough.jobs import JobFunction, run
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.tables import Method
from tests.nets import linear_network, random_photos, small_cnn

ATTACKS = [method for method in TABLE.values() if method.makes == "Fooling"]
# Enough to exercise a method; defaults are for photographs.
SMALL: dict[str, Any] = {"steps": 6, "searches": 2, "restarts": 2, "candidates": 3}
BOUNDED = [method for method in ATTACKS if any(setting.name == "eps" for setting in method.settings)]


def has(method: Method, name: str) -> bool:
    """Tell whether a method has a setting of that name."""
    return any(setting.name == name for setting in method.settings)


def small_settings(method: Method) -> dict[str, Any]:
    return {setting.name: SMALL[setting.name] for setting in method.settings if setting.name in SMALL}


def work_of(method: Method, network: Network, images: Tensor, to: Any = None, **named: Any) -> Any:
    """Return the job of an attack with small settings; one that begins with noise is given the classes alone."""
    function = method.load()
    assert isinstance(function, JobFunction)
    settings = {**small_settings(method), **named}
    if "photos" not in method.needs:
        return function.job(network, to, **settings)
    return function.job(network, images, **({} if to is None else {"to": to}), **settings)


def fool_by(method: Method, network: Network, images: Tensor, to: Any = None, **named: Any) -> Fooling:
    """Call an attack with small settings."""
    found: Fooling = run(work_of(method, network, images, to, **named))
    return found


def others(network: Network, images: Tensor) -> list[int]:
    """Return a class for each image that it is not read as, each another one where there are enough classes."""
    scores = network(images).detach()
    many = scores.shape[1]
    return [(int(best) + 1 + place % max(many - 1, 1)) % many for place, best in enumerate(scores.argmax(1).tolist())]


def exact_cnn(**named: Any) -> Network:
    """Return the small network in double precision."""
    network = small_cnn(**named)
    network.module.double()
    return network


def exact_photos(count: int, **named: Any) -> Tensor:
    return random_photos(count, **named).double()


def straight_network(
    classes: int = 5, channels: int = 3, size: tuple[int, int] = (20, 28), seed: int = 0, sharp: float = 0.1
) -> Network:
    """Return a linear network whose boundaries lie so near to random photos that no pixel reaches an end of [0, 1]."""
    # Another seed than the photos': weights of the same stream are like them.
    network, weights, bias = linear_network(channels, size, classes, seed + 1000)
    network.module[1].weight.data *= sharp
    # About grey, where photos are on average.
    network.module[1].bias.data = sharp * (bias - 0.5 * weights.flatten(1).sum(1))
    return network


def boundaries(network: Network, photos: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far the class of each photo leads each other [B, K - 1], and the slopes of those leads."""
    weights = network.module[1].weight.detach().double()
    scores = photos.double().flatten(1) @ weights.T + network.module[1].bias.detach().double()
    best = scores.argmax(1)
    rest = [[one for one in range(len(weights)) if one != own] for own in best.tolist()]
    leads = torch.stack([scores[row, own] - scores[row, rest[row]] for row, own in enumerate(best.tolist())])
    return leads, torch.stack([weights[own] - weights[rest[row]] for row, own in enumerate(best.tolist())])


def nearest_boundary(network: Network, photos: Tensor, norm: str) -> Tensor:
    """Return how far each photo is from the nearest boundary of a linear network [B], in pixels that are not cut."""
    leads, ways = boundaries(network, photos)
    return (leads / (ways.abs().sum(2) if norm == "linf" else ways.norm(dim=2))).amin(1)


def ordinary_photos(network: Network, count: int, seed: int = 0) -> Tensor:
    """Return photos that do not lie at a boundary of a linear network by chance."""
    photos = random_photos(5 * count, network.channels, size=network.size, seed=seed)
    return photos[nearest_boundary(network, photos, "l2") > 0.1][:count]


class Same(nn.Module):
    """Says the same of every picture: every slope is 0."""

    def __init__(self, scores: list[float]) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.tensor(scores))

    def forward(self, x: Tensor) -> Tensor:
        return self.scores + 0 * x.flatten(1).sum(1, keepdim=True)


class Counted(nn.Module):
    """Counts the images that go in, and the slopes that come back out."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.images, self.slopes = inner, 0, 0

    def forward(self, x: Tensor) -> Tensor:
        self.images += len(x)
        if x.requires_grad:
            x = x.clone()  # a hook on the very tensor that is asked for would be one too many
            x.register_hook(self._one_more)
        found: Tensor = self.inner(x)
        return found

    def _one_more(self, slope: Tensor) -> None:
        self.slopes += len(slope)


def counted(**named: Any) -> tuple[Network, Counted]:
    """Return the small network and its counter; what it finds out but once, it has found out."""
    network = small_cnn(**named)
    counter = Counted(network.module)
    inside = Network(counter, size=network.size, channels=network.channels, mean=0.45, std=0.25, name="counted")
    _ = inside.labels
    inside(random_photos(1, network.channels, size=network.size))
    counter.images = counter.slopes = 0
    return inside, counter


ON_PHOTOS = [method for method in ATTACKS if "photos" in method.needs]
GOALS = [method for method in ATTACKS if "goal" in method.needs]
SETTLING = [method for method in ATTACKS if has(method, "eight_bit")]
LOOPS = [method for method in ATTACKS if has(method, "steps")]


def named(method: Method) -> str:
    return method.name


every_attack = pytest.mark.parametrize("method", ATTACKS, ids=named)
every_goal = pytest.mark.parametrize("method", GOALS, ids=named)
every_settling = pytest.mark.parametrize("method", SETTLING, ids=named)


def masks_of_each(count: int = 3, size: tuple[int, int] = (40, 56)) -> Tensor:
    """Return masks [B, H, W] of which each lets other pixels change: a corner, a stripe, and scattered ones."""
    masks = torch.zeros(3, *size)
    masks[0, : size[0] // 2, : size[1] // 2] = 1
    masks[1, :, 5:9] = 0.5
    masks[2] = torch.rand(size, generator=torch.Generator().manual_seed(0)) > 0.7
    return masks[:count]


def free_of(masks: Tensor, like: Tensor) -> Tensor:
    """Return which numbers of images a mask lets change [B, C, H, W]."""
    return (masks >= 0.5).expand(len(like), *masks.shape[-2:])[:, None].expand_as(like)


def lengths(found: Fooling) -> tuple[Tensor, Tensor]:
    """Return the L2 and the L-infinity distances, in double precision."""
    moved = (found.images.double() - found.originals.double()).flatten(1)
    return moved.square().sum(1).sqrt(), moved.abs().amax(1)


def assert_as_said(network: Network, found: Fooling, classes: list[int], toward: bool) -> None:
    """Check that what is said of the images is so of the images that are returned."""
    scores = network(found.images).detach()
    read = scores.argmax(1)
    assert found.success.tolist() == [(one == wanted) == toward for one, wanted in zip(read, classes, strict=True)]
    assert [guess.index for guess in found.after] == read.tolist()
    assert [guess.index for guess in found.before] == network(found.originals).argmax(1).tolist()
    own = scores.softmax(1)[torch.arange(len(read)), torch.tensor(classes)]
    torch.testing.assert_close(found.goal_after, own if toward else 1 - own, rtol=1e-4, atol=1e-5)
    for guess, row in zip(found.after, scores.softmax(1), strict=True):
        assert guess.probability == pytest.approx(float(row.max()), abs=1e-5)
    l2, linf = lengths(found)
    torch.testing.assert_close(found.l2.double(), l2, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(found.linf.double(), linf, rtol=1e-5, atol=1e-7)
    assert found.images.isfinite().all() and float(found.images.min()) >= 0 and float(found.images.max()) <= 1
