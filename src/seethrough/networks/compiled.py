"""Whole passes by torch.compile."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.errors import UserError


def compiled(module: nn.Module, name: str) -> Callable[[Tensor], Any]:
    """Return the module compiled; where PyTorch cannot, the first pass says so in one line."""
    work: Callable[[Tensor], Any] = torch.compile(module)

    def run(pixels: Tensor) -> Any:
        try:
            return work(pixels)
        except RuntimeError as failure:
            if not type(failure).__module__.startswith(("torch._dynamo", "torch._inductor")):
                raise
            line = str(failure).strip().splitlines()[0]
            raise UserError(f"compiled: PyTorch could not compile {name} here ({line}); leave it out") from failure

    return run
