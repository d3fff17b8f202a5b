import torch

from seethrough.results.trace import NAMED, draw_trace


def lines(trace: torch.Tensor, names: tuple[str, ...]) -> dict[str, list[float]]:
    axes = draw_trace(trace, names, "class").axes[0]
    legend = axes.get_legend()
    said = [text.get_text() for text in legend.get_texts()] if legend else list(names)
    return {name: line.get_ydata().tolist() for name, line in zip(said, axes.lines, strict=True)}


def test_each_image_has_its_line_over_the_steps_from_one() -> None:
    trace = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    figure = draw_trace(trace, ("espresso", "goldfish"), "class (net)")
    axes = figure.axes[0]
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert lines(trace, ("espresso", "goldfish")) == {"espresso": [1, 2, 3], "goldfish": [4, 5, 6]}
    assert (axes.get_xlabel(), axes.get_ylabel(), figure.get_suptitle()) == ("step", "wish", "class (net)")


def test_images_of_the_same_wish_are_numbered_and_none_is_lost() -> None:
    trace = torch.arange(10.0).view(5, 2)
    names = ("crane (bird)", "crane (bird)", "crane", "crane (bird)", "crane")
    assert list(lines(trace, names)) == [
        "crane (bird)",
        "crane (bird) (2)",
        "crane",
        "crane (bird) (3)",
        "crane (2)",
    ]
    assert list(lines(trace, names).values()) == trace.tolist()


def test_of_many_the_first_few_are_drawn_and_it_says_so() -> None:
    figure = draw_trace(torch.rand(12, 3), tuple(f"conv5:{place}" for place in range(12)), "atlas (net)")
    assert len(figure.axes[0].lines) == NAMED
    figure.canvas.draw()
    assert figure.get_suptitle().replace("\n", " ") == f"atlas (net), the first {NAMED} of 12"


def test_images_that_left_early_one_step_and_none_are_drawn() -> None:
    left = lines(torch.tensor([[1.0, float("nan")], [2.0, 3.0]]), ("a", "b"))
    assert left["b"] == [2, 3] and left["a"][0] == 1
    assert draw_trace(torch.rand(1, 1), ("a",), "unit").axes[0].lines[0].get_marker() == "o"
    assert draw_trace(torch.zeros(1, 0), ("a",), "unit").axes
