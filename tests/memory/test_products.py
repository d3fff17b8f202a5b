"""Products of features, of which only some are held: the same as of all of them together."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seethrough.jobs import Step, run
from seethrough.study import products as module
from seethrough.study.products import products

COUNT, WIDE = 23, 50
FEATURES = {
    "a": torch.randn(COUNT, WIDE, generator=torch.Generator().manual_seed(0)),
    "b": torch.randn(COUNT, 3, generator=torch.Generator().manual_seed(1)),
}
SIZE = 4 * (WIDE + 3)


def read(some: range) -> dict[str, Tensor]:
    return {name: rows[some.start : some.stop] for name, rows in FEATURES.items()}


def found(batch: int, *watchers: Callable[[Step], object], least: int = 1) -> dict[str, Tensor]:
    return run(products(read, COUNT, SIZE, batch=batch, least=least), *watchers)


@pytest.mark.parametrize("held", [1, 5, 8, 22, 1000])
@pytest.mark.parametrize("batch", [1, 4])
def test_they_are_the_same_however_few_are_held(monkeypatch: pytest.MonkeyPatch, held: int, batch: int) -> None:
    monkeypatch.setattr(module, "HELD", held * SIZE)
    for name, together in found(batch).items():
        rows = FEATURES[name].double()
        torch.testing.assert_close(together, rows @ rows.T)


@pytest.mark.parametrize("held", [1, 5, 1000])
@pytest.mark.parametrize("stop_at", [1, 2, 6, 9])
def test_stopped_it_returns_those_of_the_first_pictures(
    monkeypatch: pytest.MonkeyPatch, held: int, stop_at: int
) -> None:
    monkeypatch.setattr(module, "HELD", held * SIZE)
    seen: list[float] = []
    part = found(2, lambda step: seen.append(step.done / step.total) or len(seen) >= stop_at, least=3)
    known = len(part["a"])
    assert 3 <= known < COUNT and seen == sorted(seen) and seen[-1] < 1
    for name, together in part.items():
        rows = FEATURES[name][:known].double()
        torch.testing.assert_close(together, rows @ rows.T)


def test_the_steps_end_where_they_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 8 * SIZE)
    steps: list[tuple[int, int]] = []
    found(4, lambda step: steps.append((step.done, step.total)))
    assert steps[-1] == (23 + 15 + 7,) * 2
