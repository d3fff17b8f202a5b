from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure

import seethrough
from seethrough.results.fooling import MOST_DRAWN, Fooling, of_255
from seethrough.results.guesses import Guess
from tests.plots.drawn import outside, overlapping

CUP, FISH, BOWL = (Guess(index, name, None, 0.75) for index, name in enumerate(("cup", "goldfish", "soup bowl")))
LONG = Guess(3, "Great Swiss Mountain dog and yet more words", None, 0.123)


def fooling(count: int = 2, size: tuple[int, int] = (40, 56), channels: int = 3, **named: Any) -> Fooling:
    """Return cups that are to be goldfish: every second one is a bowl instead."""
    photos = torch.rand(count, channels, *size, generator=torch.Generator().manual_seed(0)) * 0.9
    success = torch.arange(count) % 2 == 0
    after = tuple(FISH if one else BOWL for one in success)
    known: dict[str, Any] = {
        "originals": photos,
        "images": photos + 2 / 255,
        "shows": torch.zeros(count, dtype=torch.long),
        "goals": ("read as goldfish",) * count,
        "before": (CUP,) * count,
        "after": after,
        "goal_before": torch.full((count,), 0.125),
        "goal_after": torch.full((count,), 0.5),
        "success": success,
        "as_png": after,
        "png_success": success,
        "l2": torch.full((count,), 0.643),
        "linf": torch.full((count,), 2 / 255, dtype=torch.float64),
        "steps": torch.full((count,), 7),
        "queries": torch.full((count,), 9),
        "gradients": torch.full((count,), 8),
        "trace": torch.rand(count, 7, generator=torch.Generator().manual_seed(1)),
        "method": "fool.carlini_wagner",
    }
    return Fooling(network="net", **(known | named))


def titles(figure: Figure) -> list[str]:
    figure.canvas.draw()
    return [panel.get_title() for panel in figure.axes if panel.get_title()]


def test_it_says_itself_in_one_line() -> None:
    assert fooling(1, photos=("coffee",)).line() == (
        "carlini wagner: coffee: cup 75.0 % now read as goldfish 75.0 % (L2 0.643, Linf 2/255, 8 gradients) (net)"
    )
    assert fooling(2).line() == (
        "carlini wagner: cup 75.0 % now read as goldfish 75.0 % (L2 0.643, Linf 2/255, 8 gradients); "
        "cup 75.0 % NOT read as goldfish: read as soup bowl 75.0 % (L2 0.643, Linf 2/255, 8 gradients) "
        "(net, 1 of 2 as wanted)"
    )
    many = fooling(6).line()
    assert many.count("L2") == 4 and many.endswith("; and 2 more (net, 3 of 6 as wanted)")


def test_a_file_that_is_read_otherwise_is_said_so() -> None:
    lost = fooling(1, as_png=(CUP,), png_success=torch.tensor([False]))
    assert lost.say(0).endswith("8 gradients; its PNG is read as cup 75.0 %)")
    won = fooling(2, as_png=(FISH, FISH), png_success=torch.tensor([True, True]))
    assert "PNG" not in won.say(0) and won.say(1).endswith("; its PNG is read as goldfish 75.0 %)")


def test_the_table_has_all_numbers_of_every_image() -> None:
    found = fooling(2, photos=("a", "b"), eps=("8/255", "0.1"), settings={"norm": "linf", "seed": 3})
    first, second = found.table()
    assert first == {
        "photo": "a",
        "goal": "read as goldfish",
        "way": None,
        "before": {"index": 0, "label": "cup", "probability": 0.75},
        "after": {"index": 1, "label": "goldfish", "probability": 0.75},
        "goal_before": 0.125,
        "goal_after": 0.5,
        "success": True,
        "png": {"index": 1, "label": "goldfish", "probability": 0.75},
        "png_success": True,
        "l2": pytest.approx(0.643),
        "linf": 2 / 255,
        "eps": "8/255",
        "norm": "linf",
        "steps": 7,
        "queries": 9,
        "gradients": 8,
        "seed": 3,
    }
    assert second["eps"] == "0.1" and second["success"] is False
    assert [row["eps"] for row in fooling(2, eps=("4/255",)).table()] == ["4/255", "4/255"]
    assert fooling(1).table()[0]["eps"] is None and fooling(1).allowed(0) == ""


@pytest.mark.parametrize(
    ("moved", "factor"), [(1 / 255, 100), (2 / 255, 50), (8 / 255, 10), (0.3, 1), (0.9, 1), (0.0011, 300), (1e-6, 1000)]
)
def test_noise_is_shown_about_grey_by_a_factor_that_fits(moved: float, factor: float) -> None:
    photos = torch.zeros(1, 1, 2, 2)
    images = photos + torch.tensor([[0.0, moved], [moved / 2, 0.0]])
    noise, used = fooling(1, originals=photos, images=images).noise(0)
    assert used == factor
    expected = torch.tensor([[0.5, min(0.5 + factor * moved, 1)], [0.5 + factor * moved / 2, 0.5]])
    torch.testing.assert_close(noise[0], expected)


def test_every_row_is_the_original_the_noise_and_the_result() -> None:
    found = fooling(2, photos=("coffee", ""), eps=("4/255",))
    assert titles(found.figure()) == [
        "coffee\ncup 75.0 %",
        "added noise x 50\nL2 0.643, eps 4/255",
        "now read as\ngoldfish 75.0 %",
        "cup 75.0 %",
        "added noise x 50\nL2 0.643, eps 4/255",
        "NOT read as goldfish:\nsoup bowl 75.0 %",
    ]
    assert found.figure().get_suptitle() == "Fooling: carlini wagner (net)"
    shown = [panel for panel in found.figure().axes if panel.images]
    for panel, expected in zip(shown[:3], (found.originals[0], found.noise(0)[0], found.images[0]), strict=True):
        drawn = torch.from_numpy(panel.images[0].get_array().astype("float32"))
        drawn = drawn / (255 if drawn.max() > 1 else 1)
        torch.testing.assert_close(drawn[..., :3].movedim(2, 0), expected, rtol=0, atol=0.6 / 255)


@pytest.mark.parametrize(
    ("count", "size", "channels"), [(1, (40, 56), 3), (4, (224, 224), 3), (3, (56, 20), 1), (2, (20, 90), 3)]
)
def test_no_word_lies_on_another_or_outside(count: int, size: tuple[int, int], channels: int) -> None:
    found = fooling(
        count,
        size,
        channels,
        photos=("african_elephant",) * count,
        before=(LONG,) * count,
        after=(LONG,) * count,
        goals=(f"read as {LONG.label}",) * count,
        eps=("8/255",),
    )
    figure = found.figure()
    assert overlapping(figure) == [] and outside(figure) == []


def test_many_images_are_drawn_in_part_and_it_says_so() -> None:
    found = fooling(MOST_DRAWN + 2, (12, 16))
    figure = found.figure()
    assert len(titles(figure)) == 3 * MOST_DRAWN
    assert figure.get_suptitle().endswith(f"the first {MOST_DRAWN} of {MOST_DRAWN + 2}")


def test_the_picture_is_the_image_itself_or_a_sheet_of_all() -> None:
    one = fooling(1)
    assert torch.equal(one.picture(), one.images[0])
    assert fooling(4).picture().shape[-1] > 2 * 56


def test_the_curve_is_what_was_climbed() -> None:
    figure = fooling(2, photos=("a", "b")).curve()
    lines = figure.axes[0].lines
    assert len(lines) == 2 and list(lines[0].get_ydata()) == pytest.approx(fooling(2).trace[0].tolist())
    assert overlapping(figure) == [] and outside(figure) == []


def test_it_is_saved_and_loaded_whole(tmp_path: Path) -> None:
    found = fooling(2, photos=("a", "b"), eps=("4/255", "8/255"))
    found = replace(found, trace=torch.tensor([[1.0, float("nan")], [0.0, 1.0]]))
    found.save(tmp_path / "found.safetensors")
    loaded = seethrough.load_result(tmp_path / "found.safetensors")
    assert loaded == found and loaded != replace(found, success=~found.success)


def test_distances_are_said_in_levels() -> None:
    assert [of_255(value / 255) for value in (8, 0.5, 0, 255, 1.2345)] == [
        "8/255", "0.5/255", "0/255", "255/255", "1.23/255",
    ]  # fmt: skip


def test_an_image_that_was_left_alone_says_so() -> None:
    found = fooling(1, linf=torch.zeros(1, dtype=torch.float64), l2=torch.zeros(1), after=(CUP,))
    found = replace(found, images=found.originals, goals=("read as cup",), as_png=(CUP,))
    assert found.line() == "carlini wagner: cup 75.0 % is read as cup already (net)"
    noise, factor = found.noise(0)
    assert factor == 1 and bool((noise == 0.5).all())
    assert [axes.get_title() for axes in found.figure().axes][2] == "read so already:\ncup 75.0 %"


def test_several_ways_are_told_apart() -> None:
    found = fooling(4, ways=("probability", "logit"), photos=("coffee", "coffee", "cat", "cat"))
    assert found.say(1).startswith("coffee by logit: cup 75.0 % NOT read as goldfish")
    assert [row["way"] for row in found.table()] == ["probability", "logit"] * 2
    titles = [axes.get_title() for axes in found.figure().axes]
    assert titles[2].startswith("by probability now read as") and titles[5].startswith("by logit NOT read as goldfish:")
