"""The last thing a network knows before it decides: what goes into its last linear layer."""

from typing import Any

from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.network import Network


class _Enough(Exception):  # noqa: N818 (no error: it carries the news that nothing more is wanted)
    """Raised inside a forward pass when the input has been read."""


def read_input(network: Network, layer: str, images: Tensor) -> Tensor:
    """Return what goes into a layer for pixels [B, C, H, W] that are known to be right; the pass ends there."""
    name, _, use = network.resolve_layer(layer).partition("#")
    found: list[Tensor] = []

    def hook(part: nn.Module, inputs: tuple[Any, ...]) -> None:
        found.append(inputs[0])
        if len(found) == int(use or 1):
            raise _Enough

    with network.quiet():
        handle = network.module.get_submodule(name).register_forward_pre_hook(hook)
        try:
            network.run(images)
        except _Enough:
            return found[-1]
        finally:
            handle.remove()
    raise UserError(f"layer {layer!r} of {network.name} was not reached for these images")
