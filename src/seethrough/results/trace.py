"""How an optimisation went: what was wished for, step by step."""

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMED = 8
"""Curves in one figure: more cannot be told apart."""


def draw_trace(trace: Tensor, names: tuple[str, ...], title: str) -> "Figure":
    """Draw the wish of each image over the steps [B, steps], the first few of many.

    >>> import torch
    >>> draw_trace(torch.rand(2, 10), ("espresso", "goldfish"), "class").axes[0].get_xlabel()
    'step'
    """
    from seethrough.plots import sheet, show_curve

    more = f", the first {NAMED} of {len(trace)}" if len(trace) > NAMED else ""
    figure, panels = sheet(1, 1, cell=(3.6, 5.6), title=f"{title}{more}")
    curves: dict[str, list[float]] = {}
    for place, (name, values) in enumerate(zip(names[:NAMED], trace.tolist(), strict=False)):
        before = names[:place].count(name)
        curves[f"{name} ({before + 1})" if before else name] = values
    steps = [float(step) for step in range(1, trace.shape[1] + 1)]
    show_curve(panels[0, 0], steps, curves, across="step", upward="wish")
    return figure
