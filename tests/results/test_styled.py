from pathlib import Path

import torch

from seethrough.results import load_result
from seethrough.results.styled import Styled
from tests.plots.drawn import outside, overlapping, words


def result(images: int = 1, styles: int = 1, content: bool = True) -> Styled:
    generator = torch.Generator().manual_seed(0)
    sizes = [(40, 56), (64, 40), (30, 30), (40, 56)][:images]
    made = tuple(torch.rand(3, *size, generator=generator) for size in sizes)
    return Styled(
        network="tiny",
        method="dream.style" if content else "dream.texture",
        settings={"layers": ["relu1_1", "relu2_1"], "style_weight": 30.0},
        pictures=made,
        contents=tuple(1 - one for one in made) if content else (),
        styles=tuple(torch.rand(3, 50, 44, generator=generator) for _ in range(styles)),
        weights=(1 / styles,) * styles,
        style_cost=torch.full((images,), 0.0172),
        style_before=torch.full((images,), 1.3649),
        content_cost=torch.full((images,), 0.661) if content else None,
        trace=-torch.rand(images, 10, generator=generator),
        photos=("cat", "coffee", "rocket", "moped")[:images] if content else (),
        style_names=("starry_night", "great_wave")[:styles],
    )


def test_the_line_says_how_far_style_and_content_are_off() -> None:
    assert (
        result().line() == "style cat after starry_night: style off by 0.017 (before 1.36), content by 0.66 "
        "(tiny, 40 x 56 pixels)"
    )
    assert "coffee after starry_night and great_wave: " in result(2, 2).line()
    assert "; and 1 more (tiny" in result(4).line()
    assert result(content=False).line().startswith("texture after starry_night: style off by 0.017 (before 1.36) (tiny")


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    for found in (result(3, 2), result(content=False)):
        back = load_result(found.save(tmp_path / "styled.safetensors"))
        assert back == found and isinstance(back, Styled)
        assert [tuple(one.shape) for one in back.pictures] == [tuple(one.shape) for one in found.pictures]


def test_the_picture_of_one_is_itself_and_of_several_a_sheet_with_each_in_the_middle() -> None:
    found = result(2)
    assert torch.equal(result().picture(), result().pictures[0])
    sheet = found.picture()
    assert sheet.shape == (3, 64 + 4, 2 * 56 + 6)
    assert torch.equal(sheet[:, 2 + 12 : 2 + 52, 2:58], found.pictures[0])
    assert torch.equal(sheet[:, 2:66, 60 + 8 : 60 + 48], found.pictures[1])
    assert sheet[:, 2:14, 2:58].eq(1).all()


def test_the_figure_shows_the_photo_the_styles_and_what_became_of_them() -> None:
    figure = result(2, 2).figure()
    said = [text.replace("\n", " ") for text, _ in words(figure)]
    assert said.count("style off by 0.017 (before 1.36), content by 0.66") == 2
    assert {"cat", "coffee", "starry_night, 0.5 of it", "great_wave, 0.5 of it", "style (tiny)"} <= set(said)
    assert [len(ax.images) for ax in figure.axes] == [1] * 8
    assert overlapping(figure) == [] and outside(figure) == []


def test_the_figure_of_a_texture_has_no_photo_and_many_are_counted() -> None:
    assert len(result(content=False).figure().axes) == 2
    one = result(1)
    many = Styled(
        **{name: getattr(one, name) for name in ("network", "method", "styles", "weights", "style_names")},
        pictures=one.pictures * 20,
        contents=one.contents * 20,
        style_cost=torch.ones(20),
        style_before=torch.ones(20),
        content_cost=torch.ones(20),
        trace=torch.zeros(20, 1),
    )
    assert "style (tiny), the first 16 of 20" in [text for text, _ in words(many.figure())]
    assert len(many) == 20


def test_the_curve_names_the_photos() -> None:
    assert {"cat", "coffee"} <= {text for text, _ in words(result(2).curve())}
