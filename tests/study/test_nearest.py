import pytest
import torch

from seethrough.study import nearest as module
from seethrough.study.nearest import Metric, nearest


@pytest.mark.parametrize("metric", ["l2", "cosine"])
@pytest.mark.parametrize("at_once", [4096, 7])
def test_they_are_those_of_a_full_sort(metric: Metric, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    stream = torch.Generator().manual_seed(0)
    asked, rows = torch.randn(3, 5, generator=stream), torch.randn(40, 5, generator=stream)
    found, far = nearest(asked, rows, 6, metric=metric)
    for query, places, distances in zip(asked, found, far, strict=True):
        every = (query - rows).norm(dim=1) if metric == "l2" else 1 - torch.cosine_similarity(query[None], rows)
        assert places.tolist() == every.argsort()[:6].tolist()
        torch.testing.assert_close(distances, every[places], rtol=1e-4, atol=1e-5)


def test_a_row_does_not_find_itself_but_finds_its_copy() -> None:
    rows = torch.tensor([[1.0, 0.0], [5.0, 5.0], [1.0, 0.0]])
    found, far = nearest(rows[:1], rows, 2, without=torch.tensor([0]))
    assert found.tolist() == [[2, 1]] and far[0, 0] == 0
    assert nearest(rows[:1], rows, 2)[0].tolist() == [[0, 2]]


def test_whole_numbers_are_taken_too() -> None:
    rows = torch.tensor([[0], [255], [7]], dtype=torch.uint8)
    assert nearest(rows[1:2], rows, 3)[1].tolist() == [[0, 248, 255]]
