from pathlib import Path

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.templates import Templates, pictured
from tests.plots.drawn import colour_at, outside, overlapping


def templates(channels: int = 3, count: int = 7, size: tuple[int, int] = (40, 56)) -> Templates:
    weights = torch.randn(count, channels, *size, generator=torch.Generator().manual_seed(0))
    labels = tuple(f"a class of {place}" for place in range(count))
    return Templates(network="net", method="fool.templates", weights=weights, bias=torch.zeros(count), labels=labels)


def test_grey_is_a_weight_of_nothing() -> None:
    weights = torch.tensor([-1.0, 0.0, 0.5, 1.0]).view(1, 1, 2, 2)
    assert pictured(weights).flatten().tolist() == [0, 0.5, 0.75, 1]
    assert pictured(5 * weights).flatten().tolist() == [0, 0.5, 0.75, 1]
    assert pictured(torch.zeros(1, 3, 2, 2)).unique().tolist() == [0.5]
    # One weight among a thousand does not make the others grey.
    lone = torch.full((1, 1, 1, 1000), 0.5)
    lone[..., 0] = 100
    assert pictured(lone).unique().tolist() == [1]


@pytest.mark.parametrize("channels", [1, 3])
def test_every_template_is_drawn_under_its_name(channels: int, tmp_path: Path) -> None:
    found = templates(channels)
    figure = found.figure()
    figure.canvas.draw()
    assert [axes.get_title() for axes in figure.axes if axes.images] == list(found.labels)
    assert not overlapping(figure) and not outside(figure)
    assert seethrough.load_result(found.save(tmp_path / "templates.safetensors")) == found
    assert found.line().startswith(f"7 templates of {channels} x 40 x 56 (net): a class of 0, a class of 1")


def test_of_one_channel_red_is_for_and_blue_against() -> None:
    weights = torch.zeros(1, 1, 8, 8)
    weights[..., :4], weights[..., 4:] = 1, -1
    found = Templates(network="n", method="m", weights=weights, bias=torch.zeros(1), labels=("one",))
    panel = found.figure().axes[0]
    (red, _, blue), (other_red, _, other_blue) = colour_at(panel, 4, 1), colour_at(panel, 4, 6)
    assert red > 90 > blue and other_blue > 90 > other_red


def test_names_and_biases_are_as_many_as_templates() -> None:
    with pytest.raises(UserError, match="2, 1 labels and 2 biases"):
        Templates(network="n", method="m", weights=torch.zeros(2, 1, 2, 2), bias=torch.zeros(2), labels=("one",))
