from pathlib import Path

import torch

from seethrough.results import load_result
from seethrough.results.heatmap import Heatmap, Target
from seethrough.results.mask import Mask
from tests.plots.drawn import outside, overlapping, words


def result(images: int = 2) -> Mask:
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(images, 40, 56, generator=generator)
    inside = torch.zeros(images, 40, 56, dtype=torch.bool)
    inside[:, 10:20, 14:28] = True
    heatmap = Heatmap(
        network="tiny",
        method="see.grad_cam",
        settings={"classes": [1] * images},
        images=torch.rand(images, 3, 40, 56, generator=generator),
        targets=(Target("tabby", 1, 0.43),) * images,
        values=values,
    )
    seeds = inside.to(torch.int8) - (values < 0.1).to(torch.int8) * ~inside
    return Mask(
        network="tiny", method="see.mask", heatmap=heatmap, smooth=values, seeds=seeds, mask=inside, photos=("cat",)
    )


def test_the_line_says_which_share_of_the_photo_was_cut_out() -> None:
    assert result(1).line() == "mask of cat: tabby 43.0 %: 6.2 % of the photo (tiny, grad_cam)"
    assert "; and 2 more (tiny" in result(5).line()


def test_cut_outs_are_the_photo_inside_and_white_outside() -> None:
    found = result()
    inside = found.mask[:, None].expand_as(found.images)
    assert torch.equal(found.cut_outs[inside], found.images[inside])
    assert found.cut_outs[~inside].eq(1).all()


def test_a_mask_comes_back_from_a_file(tmp_path: Path) -> None:
    found = result()
    back = load_result(found.save(tmp_path / "mask.safetensors"))
    assert back == found
    assert isinstance(back, Mask) and back.mask.dtype == torch.bool


def test_the_figure_names_the_photo_the_class_and_the_share() -> None:
    figure = result().figure()
    said = [text for text, _ in words(figure)]
    assert {"cat: tabby 43.0 %", "tabby 43.0 %", "map and seeds", "mask", "6.2 % of the photo"} <= set(said)
    assert overlapping(figure) == [] and outside(figure) == []
    contours = [len(ax.collections) for ax in figure.axes]
    assert contours == [0, 2, 1, 0] * 2
