from pathlib import Path
from typing import Any

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.equivariance import WAYS, Equivariance
from tests.plots.drawn import outside, overlapping

NAN = float("nan")


def equivariance(changes: int = 2, layers: int = 3, **named: Any) -> Equivariance:
    generator = torch.Generator().manual_seed(0)
    errors = torch.rand(changes, layers, 3, generator=generator, dtype=torch.float64) * 2
    known: dict[str, Any] = {
        "data": "photos",
        "seen": 40,
        "changes": ("mirror", "flip", "scale", "rotate90")[:changes],
        "layers": tuple(f"blocks.{place}.0" for place in range(layers)),
        "errors": errors,
        "ridges": torch.full((changes, layers), 0.01),
    }
    return Equivariance(network="net", method="study.equivariance", **(known | named))


def test_one_line_says_the_linear_map_s_error_from_the_first_to_the_last_layer() -> None:
    errors = torch.zeros(1, 2, 3)
    errors[0, :, 2] = torch.tensor([0.125, 0.5])
    found = equivariance(1, 2, errors=errors, ridges=torch.zeros(1, 2), broken=("a.jpg: empty",))
    assert found.line() == (
        "error of a linear map between features of 40 pictures of photos and of the same changed, "
        "blocks.0.0 to blocks.1.0: mirror 0.12 to 0.5 (net); 1 picture could not be read: a.jpg"
    )
    assert "blocks.0.0: mirror " in equivariance(1, 1).line()


def test_the_table_has_a_row_a_change_and_layer() -> None:
    found = equivariance()
    found.errors[1, 0, 0] = NAN
    rows = found.table()
    assert len(rows) == 6
    assert rows[3] == {
        "change": "flip",
        "layer": "blocks.0.0",
        "no_map": None,
        "moved": pytest.approx(float(found.errors[1, 0, 1])),
        "linear_map": pytest.approx(float(found.errors[1, 0, 2])),
        "ridge": pytest.approx(0.01),
        "pictures": 40,
    }


def test_each_change_has_a_panel_with_a_line_for_each_way() -> None:
    found = equivariance()
    panels = found.figure().axes
    assert [panel.get_title() for panel in panels] == ["mirror", "flip"]
    for panel, errors in zip(panels, found.errors, strict=True):
        for place in range(len(WAYS)):
            assert panel.lines[place].get_ydata().tolist() == errors[:, place].tolist()
        assert [text.get_text() for text in panel.get_xticklabels()] == list(found.layers)
        legend = panel.get_legend()
        assert legend is not None and [text.get_text() for text in legend.get_texts()] == list(WAYS)
        assert panel.get_ylim()[1] > float(found.errors.max())


@pytest.mark.parametrize(("changes", "layers"), [(1, 1), (4, 6)])
def test_it_is_drawn_saved_and_read_back(changes: int, layers: int, tmp_path: Path) -> None:
    found = equivariance(changes, layers)
    assert not outside(found.figure()) and not overlapping(found.figure())
    assert found.save(tmp_path / "found.png").stat().st_size > 5000
    assert seethrough.load_result(found.save(tmp_path / "found.safetensors")) == found


def test_errors_that_are_no_numbers_leave_gaps() -> None:
    found = equivariance(1, 2, errors=torch.full((1, 2, 3), NAN))
    assert found.save is not None and "mirror ? to ?" in found.line() and found.figure().axes


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(UserError, match=r"2 changes at 3 layers take \[2, 3, 3\] and \[2, 3\]"):
        equivariance(errors=torch.zeros(2, 2, 3))
