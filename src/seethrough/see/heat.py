"""The last step of every method: from what it computed to a Heatmap."""

import warnings
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional

from seethrough.results.heatmap import Heatmap
from seethrough.see.goal import Goal


def heat(
    method: str,
    goal: Goal,
    images: Tensor,
    *,
    settings: Mapping[str, Any],
    values: Tensor | None = None,
    grid: Tensor | None = None,
    raw: Tensor | None = None,
    grid_is: str = "",
    signed: bool = False,
    gap: Tensor | None = None,
) -> Heatmap:
    """Make the result: `values` as they are, or the `grid` enlarged to the images; a map that says nothing is warned of."""
    if values is None:
        assert grid is not None
        values = enlarged(grid, (images.shape[-2], images.shape[-1]))
    chosen: dict[str, Any] = dict(settings)
    if goal.classes is not None:
        chosen |= {"classes": goal.classes.tolist(), "on": goal.on}
    else:
        chosen |= {"unit": str(goal.unit)} if goal.unit is not None else {"score": goal.targets[0].label}
    found = Heatmap(
        network=goal.network.name,
        method=f"see.{method}",
        settings=chosen,
        images=plain(images),
        targets=goal.targets,
        values=plain(values),
        raw=None if raw is None else plain(raw),
        grid=None if grid is None else plain(grid),
        grid_is=grid_is,
        signed=signed,
        gap=None if gap is None else plain(gap),
    )
    for place in found.flat():
        warnings.warn(
            f"{found.method}: the map of image {place + 1} ({goal.targets[place]}) says nothing", stacklevel=3
        )
    return found


def plain(tensor: Tensor) -> Tensor:
    """Take a tensor off its graph and device, in single precision at least."""
    tensor = tensor.detach().cpu()
    return tensor.float() if tensor.dtype.itemsize < 4 else tensor


def enlarged(grid: Tensor, size: tuple[int, int]) -> Tensor:
    """Enlarge maps [B, h, w] to the size of the pixels, straight lines between the centres of the cells."""
    return functional.interpolate(grid[:, None], size, mode="bilinear", align_corners=False)[:, 0]
