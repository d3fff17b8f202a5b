import math
from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.neighbors import Near, Neighbors
from tests.plots.drawn import outside, overlapping, words


def near(queries: int, count: int, labels: torch.Tensor, size: tuple[int, int], channels: int) -> Near:
    stream = torch.Generator().manual_seed(count)
    return Near(
        places=torch.arange(queries * count).view(queries, count),
        distances=torch.rand(queries, count, generator=stream),
        labels=labels,
        names=tuple(tuple(f"n{row}-{rank}.jpg" for rank in range(count)) for row in range(queries)),
        pictures=torch.randint(256, (queries, count, channels, *size), dtype=torch.uint8, generator=stream),
    )


def neighbors(
    queries: int = 2, count: int = 3, size: tuple[int, int] = (40, 56), channels: int = 3, **named: Any
) -> Neighbors:
    """Return neighbours: in pixels none of the query's class, in features all but the last."""
    labels = torch.arange(queries) % 2
    alike = labels[:, None].repeat(1, count)
    alike[:, -1] = 2
    known: dict[str, Any] = {
        "layer": "fc7",
        "data": "pets",
        "metric": "cosine",
        "classes": ("great_pyrenees_mountain_dog", "cat", "cow"),
        "pictures": torch.full((queries, channels, *size), 128, dtype=torch.uint8),
        "labels": labels,
        "names": tuple(f"q{row}.jpg" for row in range(queries)),
        "pixels": near(queries, count, 1 - labels[:, None].repeat(1, count), size, channels),
        "features": near(queries, count, alike, size, channels),
    }
    return Neighbors(network="net", method="study.neighbors", **(known | named))


def test_one_line_says_how_many_are_of_the_querys_class() -> None:
    assert neighbors().line() == (
        "neighbors of 2 pictures in pets: of the nearest 3, 0 % in pixels and 66.7 % in features are of its class; "
        "fc7, cosine (net)"
    )
    assert neighbors(1).line().startswith("neighbors of q0.jpg in pets: ")


def test_what_is_not_known_is_not_counted() -> None:
    found = neighbors(labels=torch.tensor([0, -1]))
    assert found.same_class(found.features) == pytest.approx(2 / 3)
    none = neighbors(labels=torch.tensor([-1, -1]))
    assert math.isnan(none.same_class(none.features))
    assert none.line() == "neighbors of 2 pictures in pets: the nearest 3; fc7, cosine (net)"


def test_the_table_has_a_row_a_neighbour() -> None:
    rows = neighbors().table()
    assert len(rows) == 2 * 2 * 3
    assert rows[4] == {
        "query": "q0.jpg",
        "shows": "great_pyrenees_mountain_dog",
        "space": "features",
        "rank": 2,
        "photo": "n0-1.jpg",
        "class": "great_pyrenees_mountain_dog",
        "distance": float(neighbors().features.distances[0, 1]),
    }


@pytest.mark.parametrize(
    ("queries", "count", "size", "channels"), [(1, 1, (8, 8), 1), (2, 8, (40, 56), 3), (13, 3, (56, 40), 3)]
)
def test_the_figure_can_be_read(queries: int, count: int, size: tuple[int, int], channels: int) -> None:
    figure = neighbors(queries, count, size, channels).figure()
    assert not overlapping(figure) and not outside(figure)
    said = [text for text, _ in words(figure)]
    drawn = min(queries, 12)
    assert said.count("pixels") == said.count("features") == drawn
    assert sum(len(panel.images) for panel in figure.axes) == drawn * (1 + 2 * count)


def test_an_orange_edge_is_of_the_querys_class() -> None:
    figure = neighbors(1, 3).figure()
    # The query comes last: its panel takes the place of four.
    strips = [panel for panel in figure.axes if panel.images][:6]
    assert [panel.spines["left"].get_linewidth() > 2 for panel in strips] == [False] * 3 + [True, True, False]


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    found = neighbors()
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_neighbours_of_other_queries_are_refused() -> None:
    with pytest.raises(UserError, match="neighbors of 2 queries hold 2 pictures, 2 labels, and neighbours of 2 and 1"):
        neighbors(features=neighbors(1).features)
