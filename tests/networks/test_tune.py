"""What is quickest is measured once, remembered, and never in the way."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.networks import tune
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, and let it measure."""
    monkeypatch.delenv("SEETHROUGH_BATCH")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, torch.memory_format]]:
    """Let passes take the seconds that a machine would need on which 8 at a time, channels first, is twice as quick."""
    asked: list[tuple[int, torch.memory_format]] = []

    def seconds(network: Network, size: int, layout: torch.memory_format) -> float:
        asked.append((size, layout))
        return size / (100 * (2 if size == 8 else 1) * (2 if layout == torch.contiguous_format else 1))

    monkeypatch.setattr(tune, "_seconds", seconds)
    return asked


def test_the_quickest_way_is_taken_and_remembered(clock: Sequence[object], home: Path) -> None:
    network = small_cnn()
    assert network.layout == torch.channels_last and network.at_once() == 8
    assert network.layout == torch.contiguous_format
    (kept,) = json.loads((home / "seethrough" / "tuned.json").read_text()).values()
    assert kept["at_once"] == 8 and kept["channels_last"] is False
    assert dict(kept["rates"])["8 images a pass, channels first"] == 400
    count = len(clock)
    assert small_cnn().at_once() == 8 and len(clock) == count  # another of the same kind asks the file


def test_what_is_asked_for_is_taken_and_nothing_measured(clock: Sequence[object]) -> None:
    assert small_cnn().at_once(3) == 3 and not clock
    with pytest.raises(UserError, match="batch is 0; it takes 1 or more"):
        small_cnn().at_once(0)


def test_the_usual_way_stays_unless_another_is_clearly_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "_seconds", lambda network, size, layout: size / (100 + size / 2))
    assert small_cnn().at_once() == 5


def test_a_network_whose_passes_take_long_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(tune, "_seconds", lambda network, size, layout: sizes.append(size) or 2.0)
    assert small_cnn().at_once() == 5 and sizes == [5, 5]


def test_a_size_that_memory_does_not_suffice_for_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(network: Network, size: int, layout: torch.memory_format) -> float:
        if size > 8:
            raise torch.OutOfMemoryError("too much")
        return size / (200 if size == 8 else 100)

    monkeypatch.setattr(tune, "_seconds", seconds)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    assert small_cnn().at_once() == 8


@pytest.mark.parametrize("text", ["", "{", "[]", '{"small-cnn x": 3}', '{"small-cnn x": {"at_once": "many"}}'])
def test_a_damaged_file_is_as_good_as_none(text: str, clock: Sequence[object], home: Path) -> None:
    (home / "seethrough").mkdir()
    (home / "seethrough" / "tuned.json").write_text(text)
    assert small_cnn().at_once() == 8


def test_a_home_that_cannot_be_written_to_is_no_mistake(
    clock: Sequence[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert small_cnn().at_once() == 8


def test_the_environment_may_say_it(clock: Sequence[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEETHROUGH_BATCH", "12")
    assert small_cnn().at_once() == 12 and not clock
    monkeypatch.setenv("SEETHROUGH_BATCH", "many")
    with pytest.raises(UserError, match="SEETHROUGH_BATCH is 'many'; it takes a whole number of 1 or more"):
        small_cnn().at_once()


def test_it_is_really_measured_and_changes_no_number_but_by_rounding() -> None:
    network, images = small_cnn(), random_photos(3)
    network.module.double()
    before = network.score_gradient(images.double(), torch.tensor([0, 1, 2]))
    found = tune.measure(network)
    assert found.at_once in tune.SIZES["cpu"] and all(rate > 0 for _, rate in found.rates)
    with network.laid_out(torch.contiguous_format):
        after = network.score_gradient(images.double(), torch.tensor([0, 1, 2]))
    torch.testing.assert_close(after, before)
    assert network.layout == torch.channels_last


def test_a_network_without_convolutions_has_one_layout() -> None:
    network, _, _ = linear_network(3, (8, 8), 5)
    assert network.layout == torch.contiguous_format
    assert tune.measure(network).channels_last is False
