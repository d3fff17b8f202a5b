import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import pytest
import torch

from seethrough.errors import UserError
from seethrough.plots import png, sheet, show_bars, show_curve, show_image, show_map
from seethrough.plots.sheet import set_footnote, set_title
from tests.plots.drawn import outside, overlapping, pixels

LONG = "Grad-CAM at blocks.6.0.bn3 for the class espresso, as the network with the long name sees it"


def everything(seed: int) -> bytes:
    """Draw one of each, the content depending on the seed alone."""
    random = torch.Generator().manual_seed(seed)
    photo, heat = torch.rand(3, 40, 56, generator=random), torch.randn(40, 56, generator=random)
    figure, panels = sheet(2, 2, cell=(1.5, 2), title=f"{LONG} {seed}")
    show_image(panels[0, 0], photo, f"photo {seed}")
    show_map(panels[0, 1], heat, over=photo, signed=True, title=LONG)
    show_bars(panels[1, 0], ["espresso", LONG], [0.9, seed / 100])
    show_curve(panels[1, 1], [0, 1, 2], {"a": [seed, 1, 2], LONG: [3, 2, 1]}, across="step", upward="score")
    return png(figure)


def test_a_sheet_has_the_size_of_its_panels() -> None:
    figure, panels = sheet(2, 3, cell=(1.5, 2))
    assert panels.shape == (2, 3)
    assert tuple(figure.get_size_inches()) == (6, 3)


def test_a_title_adds_height_and_takes_none_from_the_panels() -> None:
    heights = [sheet(1, 1, title=title)[0].get_figheight() for title in (None, "short", LONG)]
    assert heights[0] == 3
    assert heights[0] < heights[1] < heights[2]


def test_panels_without_a_picture_are_blank() -> None:
    figure, _ = sheet(2, 2, cell=(1, 1))
    assert (pixels(figure) == 255).all()


@pytest.mark.parametrize("shape", [(40, 56), (56, 40), (224, 20), (20, 224)])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_long_titles_break_and_never_meet_nor_leave_the_figure(shape: tuple[int, int], columns: int) -> None:
    figure, panels = sheet(2, columns, title=LONG * 2)
    for place, panel in enumerate(panels.flat):
        if place % 2:
            show_map(panel, torch.rand(shape), title=f"{LONG} {place}")
        else:
            show_image(panel, torch.rand(3, *shape), f"{LONG} {place}")
    assert overlapping(figure) == []
    assert outside(figure) == []
    assert all(panel.get_title().count("\n") for panel in panels.flat)


@pytest.mark.parametrize("shape", [(8, 8), (40, 56), (56, 40), (224, 20), (20, 224)])
@pytest.mark.parametrize("cell", [(1.5, 1.5), (3, 3), (1.5, 3), (3, 1.5)])
def test_titles_and_notes_do_not_lie_on_pictures(shape: tuple[int, int], cell: tuple[float, float]) -> None:
    figure, panels = sheet(2, 2, cell=cell)
    for panel in panels.flat:
        show_map(panel, torch.zeros(shape), title=LONG)
    pixels(figure)
    for panel in panels.flat:
        for words in (panel.title, panel.xaxis.label):
            box = words.get_window_extent()
            assert not any(box.overlaps(other.get_window_extent()) for other in panels.flat)
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_a_long_title_is_broken_on_a_figure_that_is_not_a_sheet_too() -> None:
    ax = matplotlib.figure.Figure(figsize=(3, 3)).subplots()
    set_title(ax, LONG)
    assert ax.get_title().count("\n") >= 2


def test_words_with_dollars_are_shown_as_they_are() -> None:
    figure, panels = sheet(1, 1, title="$\\frac$ costs $5")
    show_image(panels[0, 0], torch.rand(3, 8, 8), "$\\undefined{$")
    show_bars(sheet(1, 1)[1][0, 0], ["$\\undefined{$"], [1])
    assert png(figure).startswith(b"\x89PNG")


def test_eight_threads_draw_what_one_draws() -> None:
    alone = [everything(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(everything, [*range(8), *range(8)]))
    assert together == alone + alone
    assert len(set(alone)) == 8


def test_drawing_leaves_global_settings_alone_and_needs_no_window() -> None:
    before = dict(matplotlib.rcParams)
    everything(0)
    assert dict(matplotlib.rcParams) == before
    check = "import sys, seethrough.plots as p; p.png(p.sheet(1, 1)[0]); sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_saving_twice_gives_the_same_picture() -> None:
    figure, panels = sheet(1, 2)
    show_map(panels[0, 0], torch.arange(6.0).view(2, 3), title=LONG)
    assert png(figure) == png(figure)


@pytest.mark.parametrize(("rows", "columns"), [(0, 1), (1, 0), (-1, 2)])
def test_a_sheet_without_panels_is_refused(rows: int, columns: int) -> None:
    with pytest.raises(UserError, match=f"{rows} x {columns}"):
        sheet(rows, columns)


def test_a_sheet_larger_than_can_be_drawn_is_refused() -> None:
    with pytest.raises(UserError, match="too large"):
        sheet(1000, 1)


def test_a_footnote_stands_below_everything_and_takes_no_room_from_the_panels() -> None:
    photo = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    tall = []
    for note in ("", f"{LONG}; " * 4):
        figure, panels = sheet(1, 2, title="two")
        for panel in panels.flat:
            show_image(panel, photo, LONG)
        if note:
            set_footnote(figure, note)
        assert overlapping(figure) == []
        assert outside(figure) == []
        tall.append(panels[0, 0].get_window_extent().height)
    assert figure.get_supxlabel().count("\n") >= 2
    assert tall[1] == pytest.approx(tall[0], rel=0.03)
