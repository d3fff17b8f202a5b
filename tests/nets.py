"""Small networks whose answers are known, for any test to use."""

import torch
from torch import Tensor, nn

from seethrough.networks.network import Network


def linear_network(
    channels: int = 3, size: tuple[int, int] = (40, 56), classes: int = 5, seed: int = 0
) -> tuple[Network, Tensor, Tensor]:
    """Return a network that is scores = w . pixels + b, with w [classes, C, H, W] and b [classes]."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(classes, channels, *size, generator=generator)
    bias = torch.randn(classes, generator=generator)
    layer = nn.Linear(weights[0].numel(), classes)
    layer.weight.data = weights.flatten(1)
    layer.bias.data = bias
    return Network(nn.Sequential(nn.Flatten(), layer), size=size, channels=channels, name="linear"), weights, bias


def small_cnn(channels: int = 3, size: tuple[int, int] = (40, 56), classes: int = 5, seed: int = 0) -> Network:
    """Return a small convolutional network with batch norm, a ReLU used twice and in place, pooling and a linear head."""

    class SmallCnn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(channels, 8, 3, padding=1)
            self.norm = nn.BatchNorm2d(8)
            self.relu = nn.ReLU(inplace=True)
            self.pool = nn.MaxPool2d(2)
            self.conv2 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
            self.head = nn.Linear(12, classes)

        def forward(self, x: Tensor) -> Tensor:
            x = self.pool(self.relu(self.norm(self.conv1(x))))
            x = self.relu(self.conv2(x))
            return self.head(x.mean((2, 3)))

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = SmallCnn()
        module.norm.running_mean.uniform_(-0.1, 0.1)
        module.norm.running_var.uniform_(0.5, 1.5)
    module.eval()
    return Network(module, size=size, channels=channels, mean=0.45, std=0.25, name="small-cnn")


def random_photos(count: int = 2, channels: int = 3, size: tuple[int, int] = (40, 56), seed: int = 0) -> Tensor:
    """Return pixels away from the ends of [0, 1], so that small steps stay inside."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, channels, *size, generator=generator) * 0.8 + 0.1
