from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.results.sweep import Sweep
from tests.plots.drawn import outside, overlapping

NAN = float("nan")


def sweep(size: tuple[int, int] = (24, 32), **named: Any) -> Sweep:
    known: dict[str, Any] = {
        "images": torch.rand(6, 3, *size, generator=torch.Generator().manual_seed(0)),
        "rows": ("rate", ("0.01", "0.1")),
        "columns": ("steps", ("50", "100", "200")),
        "reached": torch.tensor([[1.0, 2.0, 9.0], [4.0, 5.0, 6.0]]),
        "probabilities": torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.99, 0.6]]),
    }
    return Sweep(network="net", method="dream.sweep", wish="goldfish", **(known | named))


def test_the_highest_logit_is_said_with_its_settings() -> None:
    assert sweep().line() == ("dream.sweep of goldfish (net): logit 9, 30.0 % at best, with rate 0.01 and steps 200")
    low = sweep(reached=torch.tensor([[NAN, -9.0, -3.0], [NAN, NAN, NAN]]))
    assert "logit -3" in low.line() and "steps 200" in low.line()
    nothing = torch.full((2, 3), NAN)
    assert sweep(reached=nothing, probabilities=nothing).line().endswith("(net): nothing yet")


def test_every_cell_is_drawn_with_its_settings_in_its_place() -> None:
    figure = sweep().figure()
    figure.canvas.draw()
    assert [axes.get_title().replace("\n", " ") for axes in figure.axes] == [
        "rate 0.01, steps 50 10.0 %",
        "rate 0.01, steps 100 20.0 %",
        "rate 0.01, steps 200 30.0 %",
        "rate 0.1, steps 50 40.0 %",
        "rate 0.1, steps 100 99.0 %",
        "rate 0.1, steps 200 60.0 %",
    ]
    found = sweep()
    assert torch.equal(found.picture()[:, 28:52, 36:68], found.images[4])


@pytest.mark.parametrize("size", [(40, 56), (56, 40)])
def test_cells_that_were_not_come_to_stay_blank(size: tuple[int, int], tmp_path: Path) -> None:
    found = sweep(size)
    images, reached, probabilities = (value.clone() for value in (found.images, found.reached, found.probabilities))
    images[4:], reached[1, 1:], probabilities[1, 1:] = NAN, NAN, NAN
    part = sweep(images=images, reached=reached, probabilities=probabilities)
    assert len([axes for axes in part.figure().axes if axes.images]) == 4
    assert part.picture().isfinite().all()
    assert seethrough.load_result(part.save(tmp_path / "sweep.safetensors")) == part
    assert part.save(tmp_path / "sweep.png").stat().st_size > 3000
    for one in (found, part):
        assert not overlapping(one.figure()) and not outside(one.figure())
