"""A network to train, by the name of its architecture."""

from collections.abc import Callable
from functools import partial

from torch import nn

from seethrough.errors import UserError, unknown
from seethrough.networks.names import architectures
from seethrough.networks.small.cifar_best import cifar_best
from seethrough.networks.small.cifar_cnn import cifar_cnn
from seethrough.networks.small.digits_cnn import digits_cnn
from seethrough.networks.small.linear import linear

SMALL: dict[str, Callable[[int, tuple[int, int], int], nn.Module]] = {
    "digits-cnn": digits_cnn,
    "digits-cnn-bn": partial(digits_cnn, norm=True),
    "cifar-cnn": cifar_cnn,
    "cifar-cnn-bn": partial(cifar_cnn, norm=True),
    "cifar-best": cifar_best,
    "linear": linear,
}
"""Our own, each a function (channels, size, classes)."""


def build(arch: str, channels: int, size: tuple[int, int], classes: int) -> nn.Module:
    """Return an untrained network: one of ours, or torchvision:ARCH, or timm:ARCH; first weights from the random state.

    >>> build("digits-cnn", 1, (28, 28), 10).fc4
    Linear(in_features=500, out_features=10, bias=True)
    """
    if arch in SMALL:
        return _fitting(SMALL[arch], arch, channels, size, classes)
    library, _, name = arch.partition(":")
    if library not in LIBRARIES or name not in architectures(library):
        raise unknown("arch", arch, [*SMALL, *(f"{one}:{each}" for one in LIBRARIES for each in architectures(one))])
    return _fitting(partial(LIBRARIES[library], name), arch, channels, size, classes)


def _fitting(
    make: Callable[[int, tuple[int, int], int], nn.Module],
    arch: str,
    channels: int,
    size: tuple[int, int],
    classes: int,
) -> nn.Module:
    try:
        return make(channels, size, classes)
    except (RuntimeError, ValueError, TypeError) as misfit:
        what = f"{channels} channels of {size[0]} x {size[1]} and {classes} classes"
        raise UserError(f"arch {arch!r} cannot be built for {what}: {' '.join(str(misfit).split())[:120]}") from misfit


def _torchvision(name: str, channels: int, size: tuple[int, int], classes: int) -> nn.Module:
    from torchvision import models

    # These two draw their first weights for minutes unless told not to.
    slow = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name in slow or name == "googlenet":
        slow["aux_logits"] = False
    module: nn.Module = models.get_model(name, weights=None, num_classes=classes, **slow)
    if channels != 3:
        raise ValueError(f"torchvision's networks take 3 channels, not {channels}")
    return module


def _timm(name: str, channels: int, size: tuple[int, int], classes: int) -> nn.Module:
    import timm

    module: nn.Module = timm.create_model(name, pretrained=False, num_classes=classes, in_chans=channels)
    return module


LIBRARIES: dict[str, Callable[[str, int, tuple[int, int], int], nn.Module]] = {
    "torchvision": _torchvision,
    "timm": _timm,
}
