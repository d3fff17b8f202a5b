from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.networks.small.build import SMALL, build


@pytest.mark.parametrize("arch", [*SMALL, "timm:resnet10t"])
def test_every_architecture_is_built_for_the_channels_and_classes_asked_for(arch: str) -> None:
    module = build(arch, 1, (40, 56), 6).eval()
    assert module(torch.rand(2, 1, 40, 56)).shape == (2, 6)


def test_torchvisions_take_colour_alone() -> None:
    assert build("torchvision:squeezenet1_1", 3, (64, 64), 4)(torch.rand(1, 3, 64, 64)).shape == (1, 4)
    with pytest.raises(UserError, match=r"cannot be built for 1 channels of 64 x 64 and 4 classes.*take 3 channels"):
        build("torchvision:squeezenet1_1", 1, (64, 64), 4)


def test_first_weights_come_from_the_random_state() -> None:
    drawn = []
    with torch.random.fork_rng():
        for seed in (0, 0, 1):
            torch.manual_seed(seed)
            drawn.append(build("digits-cnn", 1, (28, 28), 10).fc4.weight)
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("arch", ["", ":x", "keras:vgg16", "stranger.inside:vgg16"])
def test_other_libraries_are_neither_built_from_nor_imported(
    arch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stranger").mkdir()
    (tmp_path / "stranger" / "__init__.py").write_text("raise SystemExit('a card made it run')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match="is not known"):
        build(arch, 3, (32, 32), 10)


@pytest.mark.parametrize(
    ("arch", "closest"),
    [
        ("digits-cn", "digits-cnn"),
        ("cifar", "cifar-cnn"),
        ("torchvision:resnet81", "torchvision:resnet18"),
        ("resnet18", "resnet18"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_closest(arch: str, closest: str) -> None:
    with pytest.raises(UserError) as said:
        build(arch, 3, (32, 32), 10)
    line = str(said.value)
    assert line.startswith(f"arch {arch!r} is not known; closest: ") and closest in line
