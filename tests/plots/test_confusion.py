import pytest
import torch
from matplotlib import colormaps
from matplotlib.colors import to_hex

from seethrough.errors import UserError
from seethrough.plots import sheet
from seethrough.plots.confusion import show_confusion
from tests.plots.drawn import colour_at, outside, overlapping, words

COUNTS = torch.tensor([[9, 1, 0], [25, 50, 25], [0, 0, 0]])


def test_a_cell_is_as_dark_as_the_root_of_its_share_of_the_row() -> None:
    _, panels = sheet(1, 1)
    show_confusion(panels[0, 0], COUNTS, ["cat", "dog", "eel"])
    blues = colormaps["Blues"]
    for row, column, share in ((0, 0, 0.9), (0, 1, 0.1), (1, 1, 0.5), (1, 2, 0.25), (2, 2, 0.0)):
        wanted = [round(255 * part) for part in blues(share**0.5)[:3]]
        # Beside the number that stands in the middle.
        drawn = colour_at(panels[0, 0], row + 0.4, column - 0.4)
        assert drawn == pytest.approx(wanted, abs=2), (row, column)


def test_counts_and_names_are_written_and_nothing_for_what_never_happened() -> None:
    figure, panels = sheet(1, 1)
    show_confusion(panels[0, 0], COUNTS, ["cat", "dog", "eel"], title="right and wrong")
    said = [text for text, _ in words(figure)]
    assert sorted(said) == sorted(
        ["right and wrong", "read as", "what they show", "9", "1", "25", "50", "25", *["cat", "dog", "eel"] * 2]
    )
    written = {(text.get_text(), *text.get_position()): text.get_color() for text in panels[0, 0].texts}
    assert to_hex(written["9", 0, 0]) == "#ffffff" != to_hex(written["1", 1, 0])
    assert ("25", 0, 1) in written and ("25", 2, 1) in written


@pytest.mark.parametrize("classes", [2, 10, 12, 100])
@pytest.mark.parametrize("name", ["class {}", "a class with a name that is far too long for its place {}", "$a_{{{}$"])
def test_words_stay_apart_for_any_number_of_classes(classes: int, name: str) -> None:
    figure, panels = sheet(1, 1, cell=(3.6, 5.2))
    counts = torch.randint(0, 60, (classes, classes), generator=torch.Generator().manual_seed(0))
    counts += torch.eye(classes, dtype=torch.long) * 900
    show_confusion(panels[0, 0], counts, [name.format(place) for place in range(classes)], title="read as")
    assert not outside(figure)
    if classes <= 12:
        assert not overlapping(figure)
    assert len(panels[0, 0].texts) == (int((counts > 0).sum()) if classes <= 12 else 0)


def test_counts_that_do_not_fit_the_classes_are_refused() -> None:
    _, panels = sheet(1, 1)
    with pytest.raises(UserError, match=r"of 2 classes has counts \[2, 2\], not \[3, 3\]"):
        show_confusion(panels[0, 0], COUNTS, ["cat", "dog"])
