"""How a training begins: the network with its first weights, and how it takes its pixels."""

import copy

import torch
from torch import Tensor, nn

from seethrough.errors import UserError, unknown
from seethrough.networks.head import last_linear
from seethrough.networks.network import Network, gradients
from seethrough.networks.small.build import build

INITIALS = {
    "default": "as the library draws them: for most layers evenly within 1 / sqrt(inputs)",
    "he": "normal, variance 2 / inputs (He et al. 2015, arXiv:1502.01852)",
    "xavier": "even, variance 2 / (inputs + outputs) (Glorot and Bengio 2010)",
    "orthogonal": "orthogonal rows (Saxe et al. 2013, arXiv:1312.6120)",
}
"""How first weights are drawn; biases of the drawn layers begin at 0, but for the default."""


def untrained(
    arch: str, channels: int, size: tuple[int, int], labels: tuple[str, ...], pixels: Tensor, initial: str, seed: int
) -> Network:
    """Return a network with first weights from the seed, which takes its mean and deviation from the training pixels."""
    if initial not in INITIALS:
        raise unknown("initial", initial, INITIALS)
    with gradients(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = build(arch, channels, size, len(labels))
        draw(module, initial)
    mean, std = statistics(pixels)
    network = Network(module, size=size, channels=channels, mean=mean, std=std, labels=labels, name=arch, arch=arch)
    try:
        network.scores(torch.full((1, channels, *size), 0.5))
    except RuntimeError as misfit:
        why = " ".join(str(misfit).split())[:120]
        raise UserError(f"arch {arch!r} does not take pictures of {size[0]} x {size[1]}: {why}") from misfit
    return network


def draw(module: nn.Module, initial: str) -> None:
    """Draw the weights of convolutions and linear layers from the random state."""
    rules = {
        "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
        "xavier": nn.init.xavier_uniform_,
        "orthogonal": nn.init.orthogonal_,
    }
    if initial == "default":
        return
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            rules[initial](part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def statistics(pixels: Tensor) -> tuple[list[float], list[float]]:
    """Return the mean and the standard deviation of each channel of pixels uint8 [N, C, H, W], to four places."""
    counted = torch.stack([torch.bincount(channel.reshape(-1).int(), minlength=256) for channel in pixels.unbind(1)])
    share = counted.double() / counted.sum(1, keepdim=True)
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = (share * levels).sum(1)
    std = ((share * levels**2).sum(1) - mean**2).clamp_min(1e-8).sqrt()
    return [round(value, 4) for value in mean.tolist()], [round(max(value, 1e-4), 4) for value in std.tolist()]


def with_new_head(network: Network, labels: tuple[str, ...], seed: int) -> Network:
    """Return a copy of a network whose last linear layer is a new one, for other classes; the network stays as it is."""
    with network.lock, gradients():
        module = copy.deepcopy(network.module)
        for weight in module.parameters():
            weight.requires_grad = True
    name = last_linear(network).partition("#")[0]
    old = module.get_submodule(name)
    with gradients(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = nn.Linear(old.in_features, len(labels), bias=old.bias is not None)  # type: ignore[arg-type]
        module.set_submodule(name, new.to(network.device, network.dtype))
    frame = network.frame
    return Network(
        module,
        size=network.size,
        channels=network.channels,
        mean=network.mean,
        std=network.std,
        labels=labels,
        name=network.name,
        resize=frame.resize,
        interpolation=frame.interpolation,
        arch=network.arch,
    )


def arch_of(network: Network, kept: bool) -> str:
    """Return what a network is built from again, without its weights; where it is to be `kept`, there has to be such a name."""
    if network.arch is None and kept:
        raise UserError(
            f"{network.name} cannot be built without its weights; trained further it cannot be kept as a network of its own"
        )
    return network.arch or network.name
