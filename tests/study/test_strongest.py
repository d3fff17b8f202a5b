import pytest
import torch

from seethrough.study.strongest import Strongest, peaks


@pytest.mark.parametrize("batch", [1, 3, 7, 40])
@pytest.mark.parametrize("top", [1, 4, 9])
def test_streaming_gives_what_a_full_stable_sort_gives_ties_too(batch: int, top: int) -> None:
    generator = torch.Generator().manual_seed(batch * 10 + top)
    values = torch.randint(0, 5, (6, 40), generator=generator).float()
    cells = torch.randint(0, 99, (6, 40), generator=generator)
    best = Strongest.of(6, top)
    for start in range(0, 40, batch):
        part = slice(start, start + batch)
        best = best.joined(values[:, part], torch.arange(40)[part], cells[:, part])
    sorted_values, order = values.sort(dim=1, descending=True, stable=True)
    assert torch.equal(best.values, sorted_values[:, :top])
    assert torch.equal(best.pictures, order[:, :top])
    assert torch.equal(best.cells, cells.gather(1, order[:, :top]))


def test_what_is_no_number_never_wins_and_few_pictures_leave_places_free() -> None:
    values = torch.tensor([[1.0, float("nan"), 2.0]])
    best = Strongest.of(1, 4).joined(values, torch.tensor([5, 6, 7]), torch.zeros(1, 3, dtype=torch.long))
    assert best.pictures.tolist() == [[7, 5, -1, -1]]
    assert best.values[0, :2].tolist() == [2.0, 1.0] and best.values[0, 2:].isinf().all()


def test_double_precision_is_kept() -> None:
    values = torch.tensor([[1.0, 1.0 + 1e-12]], dtype=torch.float64)
    best = Strongest.of(1, 2).joined(values, torch.tensor([0, 1]), torch.zeros(1, 2, dtype=torch.long))
    assert best.values.dtype == torch.float64 and best.pictures.tolist() == [[1, 0]]


def test_a_peak_is_the_largest_cell_of_maps_in_any_memory_layout() -> None:
    maps = torch.rand(3, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    for laid in (maps, maps.contiguous(memory_format=torch.channels_last)):
        values, cells = peaks(laid)
        assert values.shape == cells.shape == (5, 3)
        for unit in range(5):
            for picture in range(3):
                y, x = divmod(int(cells[unit, picture]), 6)
                assert maps[picture, unit, y, x] == maps[picture, unit].max() == values[unit, picture]


def test_tokens_are_places_and_a_vector_has_one() -> None:
    tokens = torch.tensor([[[1.0, 9.0], [3.0, 2.0], [3.0, 0.0]]])
    values, cells = peaks(tokens)
    assert values.tolist() == [[3.0], [9.0]] and cells.tolist() == [[1], [0]]
    values, cells = peaks(torch.tensor([[1.0, -2.0]]))
    assert values.tolist() == [[1.0], [-2.0]] and cells.tolist() == [[0], [0]]


def test_a_map_with_a_place_that_is_no_number_has_no_peak() -> None:
    maps = torch.zeros(1, 1, 2, 2)
    maps[0, 0, 1, 1] = torch.nan
    assert peaks(maps)[0].isnan().all()
