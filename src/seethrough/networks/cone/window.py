"""A window of a map that can have changed: one for each place, the rest being as in the clean pass."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Clean:
    """A map [1, C, H, W] of the clean pass, and what of it was laid out before."""

    map: Tensor
    _rows: dict[tuple[object, ...], Tensor]

    @classmethod
    def of(cls, value: Tensor) -> "Clean":
        """Keep a map."""
        return cls(value, {})

    @property
    def size(self) -> tuple[int, int]:
        """Return its height and width."""
        return self.map.shape[-2], self.map.shape[-1]

    def rows(self, border: tuple[int, int, int, int], value: float) -> tuple[Tensor, int]:
        """Return its positions as rows [H W, C] within a border (left, right, top, bottom), and how wide that makes it."""
        key = (*border, value)
        if key not in self._rows:
            padded = torch.nn.functional.pad(self.map, border, value=value)
            self._rows[key] = padded[0].permute(1, 2, 0).reshape(-1, padded.shape[1]).contiguous()
        return self._rows[key], self.map.shape[-1] + border[0] + border[1]

    def largest(self) -> float:
        """Return its largest value, whatever the sign."""
        if ("largest",) not in self._rows:
            self._rows["largest",] = self.map.abs().max()
        return float(self._rows["largest",])

    def sums(self) -> Tensor:
        """Return sums over all rectangles from the first corner [H + 1, W + 1, C]."""
        if ("sums",) not in self._rows:
            summed = self.map[0].double().cumsum(1).cumsum(2).permute(1, 2, 0)
            self._rows["sums",] = torch.nn.functional.pad(summed, (0, 0, 1, 0, 1, 0))
        return self._rows["sums",]


@dataclass
class Window:
    """What a map is at each of P places: `patch` [P, C, h, w] at `top`, `left` [P], and `clean` everywhere else."""

    clean: Clean
    patch: Tensor
    top: Tensor
    left: Tensor

    @property
    def places(self) -> int:
        """Count the places."""
        return len(self.patch)

    @property
    def share(self) -> float:
        """Return which share of the map the window is."""
        height, width = self.clean.size
        return self.patch.shape[-2] * self.patch.shape[-1] / (height * width)

    def cut(
        self,
        top: Tensor,
        left: Tensor,
        height: int,
        width: int,
        border: tuple[int, int, int, int] = (0, 0, 0, 0),
        value: float = 0.0,
    ) -> Tensor:
        """Return other windows [P, C, height, width] of the same maps; `top` and `left` count from the border's corner."""
        places, channels, tall, wide = self.patch.shape
        # The patch seen from the new windows' corners.
        down, across = self.top + border[2] - top, self.left + border[0] - left
        above, beside = _shared(down, height - tall), _shared(across, width - wide)
        if height == tall and width == wide and above == beside == 0:
            return self.patch
        rows, stride = self.clean.rows(border, value)
        index = (top[:, None] + _up_to(height, top))[:, :, None] * stride + (left[:, None] + _up_to(width, top))[
            :, None, :
        ]
        if above is not None and beside is not None:
            return self._framed(rows, index, above, beside)
        found = rows.index_select(0, index.flatten())
        there_down, there_across = down[:, None] + _up_to(tall, top), across[:, None] + _up_to(wide, top)
        goal = (
            _up_to(places, top)[:, None, None] * (height * width)
            + there_down[:, :, None] * width
            + there_across[:, None, :]
        )
        new = self.patch.permute(0, 2, 3, 1).reshape(-1, channels)
        inside_down, inside_across = (
            (there_down >= 0) & (there_down < height),
            (there_across >= 0) & (there_across < width),
        )
        if bool(inside_down.all()) and bool(inside_across.all()):
            found.index_copy_(0, goal.flatten(), new)
        else:
            inside = (inside_down[:, :, None] & inside_across[:, None, :]).flatten()
            found.index_copy_(0, goal.flatten()[inside], new[inside])
        return found.view(places, height, width, channels).permute(0, 3, 1, 2)

    def _framed(self, rows: Tensor, index: Tensor, above: int, beside: int) -> Tensor:
        """Return the patches, which lie alike in all windows, with the clean rows around them: only these are looked up."""
        (places, height, width), (_, channels, tall, wide) = index.shape, self.patch.shape
        found = self.patch.new_empty(places, height, width, channels)
        below, after = above + tall, beside + wide
        found[:, above:below, beside:after] = self.patch.permute(0, 2, 3, 1)
        for down, across in (
            (slice(0, above), slice(None)),
            (slice(below, height), slice(None)),
            (slice(above, below), slice(0, beside)),
            (slice(above, below), slice(after, width)),
        ):
            some = index[:, down, across]
            if some.numel():
                found[:, down, across] = rows.index_select(0, some.flatten()).view(*some.shape, channels)
        return found.permute(0, 3, 1, 2)

    def trimmed(self, tolerance: float) -> "Window":
        """Return the window without outer rows and columns where no place has changed by more than the tolerance.

        It is a share of the clean map's largest value.
        """
        height, width = self.patch.shape[-2:]
        before = Window(self.clean, self.patch[..., :0, :0], self.top, self.left).cut(
            self.top, self.left, height, width
        )
        changed = ((self.patch - before).abs() > tolerance * self.clean.largest()).flatten(0, 1).any(0)
        rows, columns = changed.any(1).nonzero()[:, 0], changed.any(0).nonzero()[:, 0]
        if not len(rows):
            rows = columns = torch.zeros(1, dtype=torch.long, device=self.top.device)
        down, across = int(rows[0]), int(columns[0])
        patch = self.patch[..., down : int(rows[-1]) + 1, across : int(columns[-1]) + 1]
        return Window(self.clean, patch, self.top + down, self.left + across)

    def whole(self) -> Tensor:
        """Return the whole maps [P, C, H, W]."""
        nowhere = torch.zeros_like(self.top)
        return self.cut(nowhere, nowhere, *self.clean.size)

    def mean(self) -> Tensor:
        """Return the mean of the whole maps [P, C], from what differs."""
        height, width = self.clean.size
        bottom, right = self.top + self.patch.shape[-2], self.left + self.patch.shape[-1]
        sums = self.clean.sums()
        before = sums[bottom, right] - sums[self.top, right] - sums[bottom, self.left] + sums[self.top, self.left]
        total = sums[height, width] + self.patch.sum((2, 3), dtype=torch.float64) - before
        return (total / (height * width)).to(self.patch.dtype)


def _up_to(count: int, like: Tensor) -> Tensor:
    return torch.arange(count, device=like.device)


def _shared(offsets: Tensor, most: int) -> int | None:
    """Return the one offset of all, if there is one from 0 to `most`."""
    least, largest = (int(end) for end in offsets.aminmax())
    return least if 0 <= least == largest <= most else None


def hull(windows: list[Window]) -> tuple[tuple[Tensor, int], tuple[Tensor, int]]:
    """Return windows around several, of one size and inside the map: tops [P] and height, lefts [P] and width."""
    height, width = windows[0].clean.size
    top, left = windows[0].top, windows[0].left
    bottom, right = top + windows[0].patch.shape[-2], left + windows[0].patch.shape[-1]
    for one in windows[1:]:
        top, left = torch.minimum(top, one.top), torch.minimum(left, one.left)
        bottom = torch.maximum(bottom, one.top + one.patch.shape[-2])
        right = torch.maximum(right, one.left + one.patch.shape[-1])
    return fitted(top, bottom, height), fitted(left, right, width)


def fitted(begin: Tensor, end: Tensor, side: int) -> tuple[Tensor, int]:
    """Return stretches of one length that hold all those given, moved inside the side where they reach beyond it."""
    long = int((end - begin).max())
    return begin.clamp(max=side - long), long
