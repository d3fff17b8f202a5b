"""How the tests of attacks call them: with small settings, on networks that count what they are asked."""

from typing import Any

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


def straight_network(classes: int = 5, channels: int = 3, size: tuple[int, int] = (20, 28), seed: int = 0) -> Network:
    """Return a linear network that is sure of nothing, and whose boundaries lie near: pixels stay within [0, 1]."""
    network, _, _ = linear_network(channels, size, classes, seed)
    network.module[1].weight.data *= 0.1
    network.module[1].bias.data *= 0.1
    return network


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
