from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images.gif import save_gif


def moving(count: int = 6, channels: int = 3) -> Tensor:
    """Return a bright square that goes from left to right over a grey ramp."""
    ramp = torch.linspace(0.1, 0.6, 56).expand(channels, 40, 56)
    frames = ramp.repeat(count, 1, 1, 1)
    for place in range(count):
        frames[place, 0, 10:20, place * 8 : place * 8 + 8] = 1.0
    return frames


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as gif:
        found = []
        for place in range(gif.n_frames):
            gif.seek(place)
            found.append(np.asarray(gif.convert("RGB"), dtype=float) / 255)
        return found


@pytest.mark.parametrize("channels", [1, 3])
def test_frames_read_back_as_they_were_up_to_256_colours(tmp_path: Path, channels: int) -> None:
    frames = moving(channels=channels)
    found = frames_of(save_gif(frames, tmp_path / "a.gif"))
    assert len(found) == 6
    for frame, back in zip(frames, found, strict=True):
        assert np.abs(back - frame.expand(3, -1, -1).permute(1, 2, 0).numpy()).mean() < 0.01


def test_it_goes_round_for_ever_at_the_pace_asked_for(tmp_path: Path) -> None:
    with Image.open(save_gif(moving(), tmp_path / "a.gif", seconds=0.15)) as gif:
        assert gif.format == "GIF" and gif.info["loop"] == 0
        for place in range(gif.n_frames):
            gif.seek(place)
            assert gif.info["duration"] == 150


def test_what_does_not_move_does_not_flicker(tmp_path: Path) -> None:
    frames = torch.rand(3, 40, 56, generator=torch.Generator().manual_seed(0)).repeat(5, 1, 1, 1)
    for place in range(5):
        frames[place, :, 30:, 40:] = place / 4
    found = frames_of(save_gif(frames, tmp_path / "a.gif"))
    assert all(np.array_equal(found[0][:29], one[:29]) for one in found)


def test_colours_of_all_frames_are_kept_not_those_of_the_first(tmp_path: Path) -> None:
    colours = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.8, 0.2], [0.1, 0.2, 1.0]])
    found = frames_of(save_gif(colours[:, :, None, None].expand(-1, -1, 16, 16), tmp_path / "a.gif"))
    for colour, back in zip(colours, found, strict=True):
        assert np.abs(back.mean((0, 1)) - colour.numpy()).max() < 0.03


def test_frames_that_grow_are_brought_to_the_last_ones_size(tmp_path: Path) -> None:
    frames = [torch.full((3, 10, 14), 0.2), torch.full((3, 20, 28), 0.5), torch.full((3, 40, 56), 0.8)]
    assert [one.shape for one in frames_of(save_gif(frames, tmp_path / "a.gif"))] == [(40, 56, 3)] * 3


@pytest.mark.parametrize(
    ("frames", "name", "seconds", "said"),
    [
        (moving(), "a.png", 0.1, "ends in '.png'; right would be .gif"),
        (moving(), "a.gif", 0.0, "seconds is 0.0; it takes 0.02 to 600"),
        (moving(), "a.gif", float("nan"), "seconds is nan"),
        (moving(0), "a.gif", 0.1, "frames: none given"),
        (moving() * 2, "a.gif", 0.1, r"frames has values from .* to 2"),
        (moving()[0], "a.gif", 0.1, r"\(40, 56\) is no frame"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_left(
    tmp_path: Path, frames: Tensor, name: str, seconds: float, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        save_gif(frames, tmp_path / name, seconds=seconds)
    assert list(tmp_path.iterdir()) == []
