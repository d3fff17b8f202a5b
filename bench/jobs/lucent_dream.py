"""Dreams by lucent 0.1.8: lucid's recipe, with the canvas, views, network and size of views that ours has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from given import Given
from jobs.kornia_names import bring_kornia_names


class Plain(nn.Module):
    """The network as lucent wants it: its parts as children of the outermost module, its normalisation outside."""

    def __init__(self, module: nn.Module) -> None:
        """Take the parts."""
        super().__init__()
        for name, part in module.named_children():
            self.add_module(name, part)
        # In a list, so that it is no child itself.
        self.whole = [module]
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Score."""
        scores: Tensor = self.whole[0](x)
        return scores


def lucent_dream(given: Given, layer: str, unit: int, *, size: int, views: int) -> Callable[[], Tensor]:
    """Return a way that dreams a unit of a layer, and gives the images [B, C, H, W]."""
    bring_kornia_names()
    from lucent.optvis import objectives, param, render, transform

    model, mean, std = Plain(given.network.module), given.plain.mean, given.plain.std
    transforms = [*transform.standard_transforms, lambda pixels: (pixels - mean) / std]
    objective = objectives.channel(layer.replace(".", "_"), unit)

    def way() -> Tensor:
        with _no_hooks_left(model):
            images = render.render_vis(
                model,
                objective,
                lambda: param.image(size, batch=given.size.dreams),
                optimizer=lambda numbers: torch.optim.Adam(numbers, lr=0.05),
                transforms=transforms,
                thresholds=(given.size.dream_steps,),
                preprocess=False,
                progress=False,
                show_image=False,
                fixed_image_size=views,
            )
        return torch.from_numpy(images[-1]).permute(0, 3, 1, 2)

    return way


@contextmanager
def _no_hooks_left(model: nn.Module) -> Iterator[None]:
    """Take away the hooks that lucent leaves at every module: they would slow down all that comes after."""
    before: dict[nn.Module, set[Any]] = {part: set(part._forward_hooks) for part in model.modules()}
    try:
        yield
    finally:
        for part, kept in before.items():
            for key in set(part._forward_hooks) - kept:
                del part._forward_hooks[key]
