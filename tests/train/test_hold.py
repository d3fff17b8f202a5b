from pathlib import Path

import pytest
import torch

from seethrough import datasets
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.frame import Frame
from seethrough.train.hold import hold, split
from seethrough.train.learn import Pictures
from tests.train.sets import class_folders, pictures, shades


def test_what_is_in_memory_at_the_right_size_is_held_as_it_is() -> None:
    data = shades()
    held, broken = run(hold(data, Frame((8, 10), 3, 10)))
    assert held.pixels is data.pixels and held.labels is data.labels and broken == ()


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_not_is_framed_and_rounded(channels: int) -> None:
    data, frame = shades(70, channels=channels), Frame((6, 4), 3, 6)
    seen: list[Step] = []
    held, _ = run(hold(data, frame), seen.append)
    framed = frame([data[place] for place in range(70)])
    assert torch.equal(held.pixels, (framed * 255).round().to(torch.uint8))
    assert torch.equal(held.labels, data.labels)
    assert [(step.done, step.total) for step in seen] == [(64, 70), (70, 70)]


def test_a_broken_photo_is_left_out_with_its_label_and_named(tmp_path: Path) -> None:
    data = datasets.load(class_folders(tmp_path / "photos", broken=("dark/0", "light/2")))
    held, broken = run(hold(data, Frame((20, 30), 3, 30)))
    assert held.pixels.shape == (6, 3, 20, 30) and held.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert [line.partition(":")[0] for line in broken] == ["dark/0.png", "light/2.png"]
    assert bool(held.pixels[held.labels == 0].max() < held.pixels[held.labels == 1].min())


def test_asked_to_stop_while_it_reads_it_ends_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(hold(shades(), Frame((4, 4), 3, 4)), lambda step: True)


def unequal() -> Pictures:
    labels = torch.tensor([0] * 50 + [1] * 9 + [2] * 2 + [3])
    return Pictures(torch.arange(62, dtype=torch.uint8).view(-1, 1, 1, 1), labels)


def test_a_share_of_every_class_is_set_aside_and_nothing_is_lost_or_in_both() -> None:
    learned_from, aside = split(unequal(), 0.2, 0)
    assert aside is not None
    assert torch.bincount(aside.labels, minlength=4).tolist() == [10, 2, 0, 0]
    together = torch.cat([learned_from.pixels, aside.pixels]).flatten()
    assert sorted(together.tolist()) == list(range(62))
    for part in (learned_from, aside):
        assert torch.equal(part.labels, unequal().labels[part.pixels.flatten().long()])


def test_one_picture_of_each_class_stays_to_learn_from() -> None:
    learned_from, aside = split(unequal(), 0.99, 0)
    assert aside is not None
    assert torch.bincount(learned_from.labels).tolist() == [1, 1, 1, 1]


def test_the_seed_says_which_and_nothing_else() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (split(unequal(), 0.2, seed)[1] for seed in (0, 0, 1))
    assert first is not None and again is not None and other is not None
    assert torch.equal(first.pixels, again.pixels) and not torch.equal(first.pixels, other.pixels)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_a_share_all_is_learned_from() -> None:
    whole = pictures()
    assert split(whole, 0.0, 0) == (whole, None)
    for share in (-0.1, 1.0, float("nan")):
        with pytest.raises(UserError, match=r"validation is .*; it takes the share of the pictures"):
            split(whole, share, 0)
