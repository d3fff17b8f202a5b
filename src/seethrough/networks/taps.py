"""Reading a network's inside: one forward pass that hands out the layers asked for, and may end at the last of them."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.networks.layers import use_name


class _Enough(Exception):  # noqa: N818 (no error: it carries the news that nothing more is wanted)
    """Raised inside a forward pass when all that was asked for has been read."""


def read_forward(
    module: nn.Module, forward: Callable[[], Any], wanted: Collection[str], *, stop: bool, leaf: bool
) -> tuple[Any, dict[str, Tensor]]:
    """Run `forward` and return its output with the outputs of the wanted layers, still on the graph.

    With `stop`, the pass ends at the last layer wanted, and the output is None. A tensor read goes on through the network as
    a copy, so that an in-place operation after it does not change what was read. With `leaf`, the graph begins at the first
    layer read.
    """
    found: dict[str, Tensor] = {}
    uses: Counter[str] = Counter()

    def hook_for(name: str) -> Callable[[nn.Module, tuple[Any, ...], Tensor], Tensor | None]:
        def hook(part: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor | None:
            uses[name] += 1
            use = use_name(name, uses[name])
            if use not in wanted:
                return None
            if leaf and len(found) == 0:
                torch.set_grad_enabled(True)
                output = output.detach().requires_grad_()
            found[use] = output
            if stop and len(found) == len(wanted):
                raise _Enough
            return output.clone()

        return hook

    names = {use.partition("#")[0] for use in wanted}
    parts = dict(module.named_modules())
    handles = [parts[name].register_forward_hook(hook_for(name)) for name in names]
    try:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not leaf):
            return forward(), found
    except _Enough:
        return None, found
    finally:
        for handle in handles:
            handle.remove()
