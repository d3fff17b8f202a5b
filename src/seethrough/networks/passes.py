"""Passes through a module: operations that may be are done as one, and what may be is learnt once for each set of layers."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.networks.affine_norm import AffineBatchNorm
from seethrough.networks.fused import Chains, Fused, Learning, Otherwise, is_watched
from seethrough.networks.taps import read_forward

WAYS = 64
"""To how many sets of layers the way is kept in mind."""
TRIES = 6
"""How often a pass is made at most: each time without the chains that were not as learnt, the last time without any."""
WORTH_FUSING = 3
"""Images from which on a pass without a gradient wins more by fused operations than the folding of the norms takes."""

Forward = Callable[[Tensor], Any]


@dataclass
class Passes:
    """Passes through one module, and the chains that were learnt of it, by the layers read and whether the pass stops there."""

    module: nn.Module
    learnt: dict[tuple[str | bool, ...], Chains] = field(default_factory=dict)

    def run(
        self,
        forward: Forward,
        images: Tensor,
        names: Sequence[str],
        *,
        stop: bool,
        leaf: bool,
        traced: bool,
        plain: bool,
    ) -> tuple[Any, dict[str, Tensor]]:
        """Pass images through by `forward`; return the output and the layers, as `read_forward` does.

        `traced` says whether a graph is recorded, `plain` that nothing is to be fused.
        """
        plain = plain or is_watched(self.module) or not (traced or len(images) >= WORTH_FUSING)
        chains = None if plain else self.chains(forward, images, names, stop)
        for left in reversed(range(TRIES)):
            affine = AffineBatchNorm() if traced else nullcontext()
            try:
                with Fused(chains) if chains and left else affine:
                    return read_forward(self.module, lambda: forward(images), names, stop=stop, leaf=leaf)
            except Otherwise:
                continue
        raise AssertionError("the last try fuses nothing")

    def chains(self, forward: Forward, images: Tensor, names: Sequence[str], stop: bool) -> Chains:
        """Return what may be fused on the way to these layers: learnt once, from one image."""
        way: tuple[str | bool, ...] = (*names, stop)
        if way not in self.learnt:
            with torch.inference_mode(False), torch.no_grad(), Learning() as learning:
                read_forward(self.module, lambda: forward(images[:1]), names, stop=stop, leaf=False)
            while len(self.learnt) >= WAYS:
                del self.learnt[next(iter(self.learnt))]
            self.learnt[way] = learning.chains()
        return self.learnt[way]
