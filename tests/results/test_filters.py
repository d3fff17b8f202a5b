from pathlib import Path

import pytest
import torch

from seethrough.results import load_result
from seethrough.results.filters import FINE, LARGEST, Filters
from seethrough.results.first_layers import FirstLayers
from tests.plots.drawn import outside, overlapping, words


def filters(*shape: int, reads: int | None = None, most: int = 64, name: str = "tiny") -> Filters:
    weights = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    return Filters(
        network=name,
        method="see.filters",
        layer="conv1",
        kind="Conv2d",
        weights=weights,
        reads=reads or shape[1],
        most=most,
    )


def test_each_filter_is_stretched_by_its_own_minimum_and_new_maximum() -> None:
    found = filters(2, 1, 1, 3)
    found.weights[0] = torch.tensor([-2.0, 0.0, 6.0])
    found.weights[1] = torch.tensor([5.0, 5.5, 6.0])
    torch.testing.assert_close(found.stretched()[:, 0, 0], torch.tensor([[0.0, 0.25, 1.0], [0.0, 0.5, 1.0]]))


def test_the_channels_of_a_filter_are_stretched_together_so_its_colours_stay() -> None:
    found = filters(1, 3, 1, 1)
    found.weights[0, :, 0, 0] = torch.tensor([0.1, 0.2, 0.3])
    torch.testing.assert_close(found.stretched()[0, :, 0, 0], torch.tensor([0.0, 0.5, 1.0]))


def test_a_filter_without_differences_is_black_not_nan() -> None:
    found = filters(2, 3, 3, 3)
    found.weights[1] = 0.7
    assert found.stretched()[1].eq(0).all()
    assert found.stretched()[0].amax() == 1


@pytest.mark.parametrize(("count", "rows", "columns"), [(64, 4, 16), (96, 4, 16), (32, 2, 16), (17, 2, 16), (5, 1, 5)])
def test_sixty_four_filters_are_four_rows_of_sixteen(count: int, rows: int, columns: int) -> None:
    picture = filters(count, 3, 11, 11).sheet()
    side = 33  # three times 11, so that it is at least FINE
    pad = 2
    assert side >= FINE
    assert picture.shape == (3, rows * (side + pad) + pad, columns * (side + pad) + pad)


def test_the_sheet_holds_every_filter_at_its_place() -> None:
    found = filters(20, 3, 32, 32, most=18)
    picture = found.sheet()
    for place in range(18):
        top, left = 2 + place // 16 * 34, 2 + place % 16 * 34
        assert torch.equal(picture[:, top : top + 32, left : left + 32], found.stretched()[place])
    assert picture[:, 36:, 2 + 2 * 34 :].eq(1).all()


def test_deeper_filters_are_grey_slices_a_column_for_each() -> None:
    found = filters(5, 20, 32, 32, most=4)
    picture = found.sheet()
    assert picture.shape == (1, 16 * 34 + 2, 4 * 34 + 2)
    for filter_, slice_ in ((0, 0), (3, 15), (2, 7)):
        top, left = 2 + slice_ * 34, 2 + filter_ * 34
        assert torch.equal(picture[0, top : top + 32, left : left + 32], found.stretched()[filter_, slice_])
    assert found.shown() == "the first 4 of 5, a column for each, a row for each input channel (16 of 20)"


@pytest.mark.parametrize(
    ("shape", "reads", "sliced"),
    [
        ((8, 3, 3, 3), 3, False),
        ((8, 1, 3, 3), 1, False),
        ((8, 1, 3, 3), 8, False),
        ((8, 3, 3, 3), 6, True),
        ((8, 2, 3, 3), 2, True),
    ],
)
def test_three_channels_are_colours_only_where_they_are_all_the_layer_reads(
    shape: tuple[int, ...], reads: int, sliced: bool
) -> None:
    assert filters(*shape, reads=reads).sliced is sliced


@pytest.mark.parametrize("shape", [(64, 512, 16, 16), (500, 1, 224, 224), (1, 3, 700, 300), (1000, 16, 1, 1)])
def test_a_sheet_stays_small_enough_to_be_drawn(shape: tuple[int, ...]) -> None:
    picture = filters(*shape, most=64).sheet()
    assert max(picture.shape[1:]) <= max(LARGEST, 16 * (shape[3] + shape[3] // 16 + 1) + 14)


@pytest.mark.parametrize("shape", [(64, 3, 11, 11), (3, 16, 3, 3), (1, 3, 40, 56), (96, 96, 1, 1)])
def test_the_figure_says_what_it_shows_without_words_on_words(shape: tuple[int, ...]) -> None:
    found = filters(*shape)
    figure = found.figure()
    said = " ".join(text for text, _ in words(figure)).replace("\n", " ")
    assert found.line() in said and found.shown() in said
    assert overlapping(figure) == [] and outside(figure) == []


def test_filters_come_back_from_a_file(tmp_path: Path) -> None:
    one = filters(4, 3, 3, 3)
    both = FirstLayers(network="a, b", method="see.first_layers", filters=(one, filters(2, 1, 5, 5, name="b")))
    for result in (one, both):
        assert load_result(result.save(tmp_path / "kept.safetensors")) == result


@pytest.mark.parametrize("count", [1, 3, 5])
def test_first_layers_are_titled_with_network_count_and_size(count: int) -> None:
    held = tuple(filters(70 + place, 3, 5, 7, name=f"network-{place}") for place in range(count))
    found = FirstLayers(network="several", method="see.first_layers", filters=held)
    figure = found.figure()
    said = [text for text, _ in words(figure)]
    for place in range(count):
        assert f"network-{place}\n64 of {70 + place} of 3 x 5 x 7" in said
    assert overlapping(figure) == [] and outside(figure) == []
    assert found.line().count("filters of 3 x 5 x 7") == count
