"""Passes through a module: operations that may be are done as one, and what may be is learnt once for each set of layers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from seethrough.networks.affine_norm import AffineBatchNorm
from seethrough.networks.fused import Chains, Folded, Fused, Learning, Otherwise, is_watched
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
    """Passes, and the chains that were learnt: by module, by the layers read and by whether the pass stops there."""

    learnt: "WeakKeyDictionary[nn.Module, dict[tuple[str | bool, ...], Chains]]" = field(
        default_factory=WeakKeyDictionary
    )
    folded: Folded | None = None

    @contextmanager
    def sharing(self, folded: Folded | None) -> Iterator[None]:
        """Fold weights once for all passes made inside, or as many as share what is given: see `Network.quiet`."""
        before, self.folded = self.folded, self.folded if folded is None else folded
        if self.folded is None:
            self.folded = {}
        try:
            yield
        finally:
            self.folded = before

    def run(
        self,
        module: nn.Module,
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
        plain = plain or is_watched(module) or not (traced or len(images) >= WORTH_FUSING)
        chains = None if plain else self.chains(module, forward, images, names, stop)
        for left in reversed(range(TRIES)):
            affine = AffineBatchNorm() if traced else nullcontext()
            try:
                with Fused(chains, self.folded) if chains and left else affine:
                    return read_forward(module, lambda: forward(images), names, stop=stop, leaf=leaf)
            except Otherwise:
                continue
        raise AssertionError("the last try fuses nothing")

    def chains(self, module: nn.Module, forward: Forward, images: Tensor, names: Sequence[str], stop: bool) -> Chains:
        """Return what may be fused on the way to these layers: learnt once, from one image."""
        known = self.learnt.setdefault(module, {})
        way: tuple[str | bool, ...] = (*names, stop)
        if way not in known:
            with torch.inference_mode(False), torch.no_grad(), Learning() as learning:
                read_forward(module, lambda: forward(images[:1]), names, stop=stop, leaf=False)
            while len(known) >= WAYS:
                del known[next(iter(known))]
            known[way] = learning.chains()
        return known[way]
