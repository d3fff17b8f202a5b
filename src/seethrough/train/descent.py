"""Going down the slope of the loss: the optimiser, its rate from step to step, and its state as tensors by name."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.train.recipe import WARM, Recipe


def optimiser_of(module: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the optimiser of what may move; only weights decay, as biases and norms have no reason to be small."""
    moving = [weight for weight in module.parameters() if weight.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [weight for weight in moving if weight.ndim > 1], "weight_decay": recipe.decay},
        {"params": [weight for weight in moving if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=recipe.rate)
    return torch.optim.SGD(groups, lr=recipe.rate, momentum=recipe.momentum, nesterov=recipe.momentum > 0)


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """Return the rate of a step: up and down again (a cycle, Smith 2017, arXiv:1708.07120), a half cosine, or constant.

    >>> [round(rate_at(Recipe(rate=1.0), step, 10), 2) for step in range(10)]
    [0.5, 1.0, 0.94, 0.81, 0.69, 0.56, 0.44, 0.31, 0.19, 0.06]
    """
    if recipe.schedule == "constant":
        return recipe.rate
    if recipe.schedule == "cosine":
        return recipe.rate * (1 + math.cos(math.pi * step / steps)) / 2
    top = max(WARM * steps, 1.0)
    return recipe.rate * min((step + 1) / top, (steps - step - 0.5) / (steps - top) if steps > top else 1.0)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of the next step."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def state_of(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return what the optimiser remembers of its way, by name."""
    state: Mapping[int, Mapping[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"optimiser.{place}.{name}": torch.as_tensor(value).clone()
        for place, values in state.items()
        for name, value in values.items()
        if value is not None
    }


def put_state(optimiser: torch.optim.Optimizer, kept: Mapping[str, Tensor]) -> None:
    """Give an optimiser back what it remembered."""
    state: dict[int, dict[str, Tensor]] = {}
    for full, value in kept.items():
        what, _, rest = full.partition(".")
        if what == "optimiser":
            place, _, name = rest.partition(".")
            state.setdefault(int(place), {})[name] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
