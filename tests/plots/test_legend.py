from seethrough.plots import sheet
from seethrough.plots.legend import names_above
from tests.plots.drawn import outside, overlapping, words


def test_long_names_share_the_room_and_keep_to_one_line() -> None:
    figure, panels = sheet(1, 1, cell=(2, 5))
    ax = panels[0, 0]
    drawn = [ax.plot([0, 1], [place, place])[0] for place in range(4)]
    names_above(ax, drawn, ["a name that is far too long for its share of the room"] * 3 + ["short"])
    said = [text for text, _ in words(figure)]
    assert "short" in said and any(text.endswith("…") for text in said)
    assert not overlapping(figure) and not outside(figure)
