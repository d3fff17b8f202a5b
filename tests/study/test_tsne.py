import sys

import numpy as np
import pytest
import torch

from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.study.tsne import tsne


def groups(each: int = 20, count: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    labels = torch.arange(count).repeat_interleave(each)
    middles = 8 * torch.randn(count, 12, generator=stream)
    return middles[labels] + torch.randn(count * each, 12, generator=stream), labels


def test_groups_that_lie_apart_stay_apart_and_the_same_seed_gives_the_same_points() -> None:
    rows, labels = groups()
    state, other = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index] # noqa: NPY002
    points = run(tsne(rows, 10, 0))
    assert points.shape == (60, 2) and points.isfinite().all()
    nearest = torch.cdist(points, points).fill_diagonal_(torch.inf).argmin(1)
    assert torch.equal(labels[nearest], labels)
    assert torch.equal(run(tsne(rows, 10, 0)), points)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert (np.random.get_state()[1] == other).all()  # type: ignore[index] # noqa: NPY002


def test_the_further_it_goes_the_smaller_the_divergence_and_stopped_it_returns_what_it_has() -> None:
    rows, _ = groups()
    seen: list[float] = []
    points = run(tsne(rows, 10, 0), lambda step: seen.append(step.values["divergence"]))
    assert len(seen) == 15 and seen[-1] < seen[4] and all(value > 0 for value in seen)
    early = run(tsne(rows, 10, 0), lambda step: step.done >= 50)
    assert early.shape == points.shape and not torch.equal(early, points)


def test_without_opentsne_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(UserError, match=r"openTSNE is not installed; bring it with: pip install 'seethrough\[study\]'"):
        run(tsne(groups()[0], 10, 0))
