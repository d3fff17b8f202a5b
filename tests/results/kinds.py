"""A kind of result with one field of every sort, to be saved and read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from matplotlib.figure import Figure
from torch import Tensor

from seethrough.plots import sheet, show_map
from seethrough.results import Result


@dataclass(frozen=True)
class Part:
    name: str
    weights: Tensor


@dataclass(frozen=True, kw_only=True)
class Everything(Result):
    values: Tensor
    parts: tuple[Part, ...]
    best: Part | None
    pair: tuple[int, float]
    goal: Literal["away", "to"]
    done: bool
    curve: tuple[float, ...]
    named: Mapping[str, Tensor]
    whatever: Any

    def line(self) -> str:
        return f"everything ({self.network})"

    def figure(self) -> Figure:
        figure, panels = sheet(1, 1, cell=(2, 2))
        show_map(panels[0, 0], self.values)
        return figure


def everything(**changes: Any) -> Everything:
    """Return a result that is full of difficult values, some of them changed."""
    held = {
        "network": "tiny",
        "method": "see.everything",
        "settings": {"steps": 3, "to": None, "sizes": (1, (2, 3)), "rate": float("inf"), "command": "see --all ü"},
        "values": torch.tensor([[0.0, float("nan"), float("-inf")]]),
        "parts": (Part("a", torch.tensor([True, False])), Part("b", torch.zeros(0, 3))),
        "best": Part("c", torch.tensor(1.5, dtype=torch.bfloat16)),
        "pair": (7, float("nan")),
        "goal": "away",
        "done": True,
        "curve": (1.0, float("-inf"), 0.1),
        "named": {"half": torch.ones(2, dtype=torch.float16), "long": torch.tensor([2**62])},
        "whatever": {"x": (1, None, torch.arange(3, dtype=torch.uint8))},
    }
    return Everything(**(held | changes))
