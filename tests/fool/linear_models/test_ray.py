import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seethrough.fool.linear_models.affine import of_numbers
from seethrough.fool.linear_models.ray import first_read


def test_the_first_place_is_found_behind_a_wall() -> None:
    known = of_numbers([[0.0, 0.0], [1.0, 1.0]], [1.0, 0.0])
    nothing, ray = torch.zeros(2).double(), torch.ones(2).double()
    assert first_read(known, nothing, ray, torch.tensor([0.25, 9.0]).double(), 1, 0.0) == 0.75
    assert first_read(known, nothing, ray, torch.tensor([0.25, 0.5]).double(), 1, 0.0) is None
    assert first_read(known, nothing, ray, torch.tensor([9.0, 9.0]).double(), 0, 0.0) == 0


def test_a_class_that_leads_only_for_a_while_is_found() -> None:
    # Along one number: class 1 leads from 1 to 2, before class 2 passes it; the walls stand far beyond.
    known = of_numbers([[0.0], [1.0], [3.0]], [0.0, -1.0, -5.0])
    nothing, one = torch.zeros(1).double(), torch.ones(1).double()
    assert first_read(known, nothing, one, 9 * one, 1, 0.0) == 1
    assert first_read(known, nothing, one, 9 * one, 2, 0.0) == 2
    assert first_read(known, nothing, one, 9 * one, 1, 1.5) is None


@given(seed=st.integers(0, 10_000))
def test_no_place_before_the_first_is_read_so(seed: int) -> None:
    stream = torch.Generator().manual_seed(seed)
    known = of_numbers(torch.randn(4, 7, generator=stream), torch.randn(4, generator=stream))
    sample, ray = torch.rand(2, 7, generator=stream, dtype=torch.float64)
    ray = ray * 2 - 1
    room = torch.where(ray > 0, 1 - sample, sample)
    found = first_read(known, sample, ray, room, 2, 0.0)
    steps = torch.linspace(0, 60, 4001, dtype=torch.float64)[:, None]
    read = known.scores((sample + steps * ray).clamp(0, 1)).argmax(1) == 2
    if found is None:
        assert not read.any()
        return
    assert not read[steps[:, 0] < found - 1e-9].any()
    at = known.scores((sample + found * ray).clamp(0, 1)[None])[0]
    assert float(at[2] - at.max()) == pytest.approx(0, abs=1e-9)
