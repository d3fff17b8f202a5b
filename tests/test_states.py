from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, run
from seethrough.states import read_state, resumable_at, write_state


def test_tensors_of_every_kind_come_back_with_the_key(tmp_path: Path) -> None:
    state = {
        "key": "sum to 10 of 'ü'",
        "grid": torch.arange(12.0).view(3, 4).T,
        "count": torch.tensor(7),
        "half": torch.tensor([0.5], dtype=torch.float16),
        "none": torch.zeros(0, 6, dtype=torch.float64),
    }
    write_state(tmp_path / "state.safetensors", state)
    found = read_state(tmp_path / "state.safetensors")
    assert set(found) == {"key", "resume"} and found["key"] == state.pop("key")
    assert set(found["resume"]) == set(state)
    for name, value in state.items():
        assert torch.equal(found["resume"][name], value) and found["resume"][name].dtype == value.dtype


@pytest.mark.parametrize("content", [b"", b"no state", b"\xff" * 100])
def test_a_file_that_holds_no_state_is_said_in_one_line(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "state.safetensors"
    place.write_bytes(content)
    with pytest.raises(UserError) as said:
        read_state(place)
    assert str(said.value) == f"{place} should hold work to go on with, and cannot be read; remove it"


def added(total: int, resume: Mapping[str, Tensor] | None = None) -> Job[int]:
    """Add 1 + 2 + ... + total."""
    start, sum_ = (0, 0) if resume is None else (int(resume["number"]), int(resume["sum"]))
    for number in range(start + 1, total + 1):
        sum_ += number
        state = {"number": torch.tensor(number), "sum": torch.tensor(sum_)}
        if (yield Step(number, total, state=lambda state=state: state)):  # type: ignore[misc]
            break
    return sum_


def test_work_goes_on_from_where_it_was_and_leaves_nothing_when_it_has_ended(tmp_path: Path) -> None:
    place = tmp_path / "sum.safetensors"

    def again(key: str = "sum to 10") -> Job[int]:
        return resumable_at(place, lambda resume=None: added(10, resume), key, every=0.0)

    assert run(again(), lambda step: step.done == 4) == 10
    with pytest.raises(UserError, match="was left by other work"):
        run(again("sum to 11"))
    seen: list[int] = []
    assert run(again(), lambda step: seen.append(step.done)) == 55
    assert seen == [5, 6, 7, 8, 9, 10] and list(tmp_path.iterdir()) == []
