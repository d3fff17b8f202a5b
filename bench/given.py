"""What a job is given: the network, the same network as a plain module for the peers, photos, and sizes."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import seethrough
from seethrough import Network
from sizes import SIZES, Size, size_of

BUNDLED = "bundled"
NETWORKS = tuple(SIZES)
PHOTOS = ("cat", "coffee", "rocket", "moped")
SIDE, MEAN, STD = 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Normalised(nn.Module):
    """A network as a plain module that takes pixels, as the peers want it."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: Network) -> None:
        """Keep the module, and how its pixels are normalised."""
        super().__init__()
        self.module = network.module
        for name, values in (("mean", network.mean), ("std", network.std)):
            self.register_buffer(name, torch.tensor(values, device=network.device).view(-1, 1, 1))
        # Some peers put back the mode that they found: in training the statistics of the norms would change.
        self.eval()

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalise, then score."""
        scores: Tensor = self.module((pixels - self.mean) / self.std)
        return scores


@dataclass(frozen=True)
class Given:
    """What a job is given."""

    name: str
    network: Network
    plain: Normalised
    size: Size
    device: str

    @property
    def at_random(self) -> bool:
        """Tell whether the network's weights are random: they serve for time."""
        return self.name != BUNDLED

    def asked(self, ratios: Mapping[str, float]) -> Mapping[str, float]:
        """Return the ratios that ours are to reach: they are marks of the bundled network."""
        return {} if self.at_random else ratios

    def photos(self, count: int) -> Tensor:
        """Return up to sixteen photos: the four bundled ones whole, then mirrored, then cut at two corners."""
        whole = [seethrough.photo(name) for name in PHOTOS]
        corners = [tuple(int(0.8 * side) for side in photo.shape[1:]) for photo in whole]
        views = [
            *whole,
            *(photo.flip(-1) for photo in whole),
            *(photo[:, :height, :width] for photo, (height, width) in zip(whole, corners, strict=True)),
            *(photo[:, -height:, -width:] for photo, (height, width) in zip(whole, corners, strict=True)),
        ]
        return self.network.frame(views[:count]).to(self.device)

    def coffee(self) -> Tensor:
        """Return one photo."""
        return self.network.frame(seethrough.photo("coffee")).to(self.device)

    def tidy(self) -> None:
        """Take away the gradients that a peer left at the weights."""
        self.plain.zero_grad(set_to_none=True)


def given(name: str, device: str, quick: bool) -> Given:
    """Return what a job is given for the network of that name."""
    network = seethrough.load(device=device) if name == BUNDLED else _by_torchvision(name, device)
    network.at_once()  # where it is not known yet, finding it out is no part of a job
    return Given(name, network, Normalised(network), size_of(name, device, quick), device)


def _by_torchvision(name: str, device: str) -> Network:
    import torchvision

    torch.manual_seed(0)
    module = getattr(torchvision.models, name)(weights=None).eval().to(device)
    return Network(module, size=SIDE, mean=MEAN, std=STD, name=name, resize=256, interpolation="bilinear")
