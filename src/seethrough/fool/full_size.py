"""A photo at its own size: what is changed is the photo, and the network sees it through its frame."""

from torch import Tensor, nn

from seethrough.networks.network import Network


class Framed(nn.Module):
    """A network that takes photos at their own size."""

    def __init__(self, network: Network) -> None:
        """Keep the network, and its module where its weights are looked for."""
        super().__init__()
        self.module = network.module
        self._network = network

    def forward(self, photos: Tensor) -> Tensor:
        """Frame the photos, and score them; the slope goes back to every pixel that is seen."""
        return self._network.scores(self._network.frame(photos))


def at_full_size(network: Network, photo: Tensor) -> tuple[Network, Tensor]:
    """Return the network as one that takes photos of this size, and the photo [C, h, w] as a batch of one.

    >>> network, pixels = at_full_size(load(), photo("coffee"))
    >>> pixels.shape
    torch.Size([1, 3, 400, 600])
    """
    height, width = photo.shape[-2:]
    framed = Network(
        Framed(network),
        size=(int(height), int(width)),
        channels=network.channels,
        labels=network.labels,
        name=network.name,
    )
    return framed, framed.frame(photo)
