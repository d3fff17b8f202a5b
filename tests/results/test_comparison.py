from pathlib import Path

import pytest
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.results import load_result
from seethrough.results.comparison import Comparison
from seethrough.results.heatmap import Heatmap, Target
from tests.plots.drawn import outside, overlapping, words


def maps(methods: int, images: int, size: tuple[int, int] = (40, 56)) -> tuple[Heatmap, ...]:
    random = torch.Generator().manual_seed(0)
    photos = torch.rand(images, 3, *size, generator=random)
    targets = tuple(Target(f"class {place}", place, 0.25) for place in range(images))
    return tuple(
        Heatmap(
            network="net",
            method=f"see.method_{number}",
            images=photos,
            targets=targets,
            values=torch.randn(images, *size, generator=random),
            grid=torch.zeros(images, 2, 3) if number % 2 else None,
            signed=bool(number % 3),
        )
        for number in range(methods)
    )


def comparison(
    methods: int, images: int, areas: Tensor | None = None, left_out: tuple[str, ...] = (), **options: tuple[int, int]
) -> Comparison:
    held = maps(methods, images, **options)
    return Comparison(
        network="net", method="see.compare", maps=held, deletion=areas, insertion=areas, left_out=left_out
    )


@pytest.mark.parametrize("size", [(40, 56), (56, 20)])
@pytest.mark.parametrize(("methods", "images"), [(1, 1), (3, 2), (12, 2)])
def test_every_map_is_drawn_with_its_name_and_areas_and_no_words_collide(
    methods: int, images: int, size: tuple[int, int]
) -> None:
    areas = torch.arange(methods * images).view(methods, images) / 100
    figure = comparison(methods, images, areas, ("rise: not for this network",), size=size).figure()
    said = [" ".join(text.split()) for text, _ in words(figure)]
    for number in range(methods):
        for place in range(images):
            value = (number * images + place) / 100
            assert f"method_{number} del {value:.2f} · ins {value:.2f}" in said
    assert [text for text in said if text.startswith("class")] == [f"class {place} 25.0 %" for place in range(images)]
    assert any("left out: rise: not for this network" in text for text in said)
    assert len([panel for panel in figure.axes if panel.images]) == images * (1 + methods)
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_methods_left_out_for_one_reason_are_named_together() -> None:
    figure = comparison(1, 1, left_out=("cam: no pooling", "rise: too slow", "grad_cam: no pooling")).figure()
    assert figure.get_supxlabel() == "left out: cam, grad_cam: no pooling · left out: rise: too slow"


def test_many_methods_are_broken_into_rows_of_at_most_five() -> None:
    figure = comparison(12, 1).figure()
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (3, 5)
    assert comparison(3, 1).figure().axes[0].get_subplotspec().get_gridspec().get_geometry() == (1, 4)


def test_of_very_many_photos_the_first_are_drawn_and_it_is_said() -> None:
    figure = comparison(3, 40, size=(4, 4)).figure()
    assert figure.get_suptitle() == "3 maps (net): the first 30 of 40 photos"
    assert len([panel for panel in figure.axes if panel.images]) == 30 * 4


def test_the_line_says_what_is_compared_and_which_did_best_on_average() -> None:
    areas = torch.tensor([[0.5, 0.5], [0.1, 0.7], [0.9, 0.3]])
    assert str(comparison(3, 2, areas)) == (
        "method_0, method_1, method_2 of class 0 25.0 %; class 1 25.0 % (net); "
        "least deletion method_1 0.40; most insertion method_2 0.60"
    )
    assert str(comparison(12, 1)) == "12 maps of class 0 25.0 % (net)"


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    found = comparison(3, 2, torch.rand(3, 2), ("cam: no",))
    assert load_result(found.save(tmp_path / "x.safetensors")) == found


def test_maps_and_areas_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(UserError, match="maps: none given"):
        Comparison(network="n", method="m", maps=())
    with pytest.raises(UserError, match="maps are of 1 and 2 images"):
        Comparison(network="n", method="m", maps=(*maps(1, 1), *maps(1, 2)))
    with pytest.raises(UserError, match=r"deletion has shape \[2, 3\], not \[3 methods, 2 images\]"):
        comparison(3, 2, torch.rand(2, 3))
