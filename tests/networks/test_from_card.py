import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import seethrough
from seethrough import datasets
from seethrough.errors import UserError
from seethrough.networks.from_card import BUNDLED
from seethrough.networks.names import NETS, names
from tests.nets import small_cnn


def test_the_linear_network_is_there_without_a_download() -> None:
    network = seethrough.load("cifar10-linear")
    assert (network.channels, network.size) == (3, (32, 32))
    assert network.labels.names[:3] == ("airplane", "automobile", "bird") and len(network.labels) == 10
    assert list(network.layers) == ["flatten", "linear"]
    assert network.totals()["total"]["parameters"] == 3072 * 10 + 10
    assert "cifar10-linear" in names() and "cifar10-linear" in [net.name for net in NETS]
    assert network.frame(seethrough.photo("cat")).shape == (1, 3, 32, 32)
    assert network(torch.zeros(1, 3, 32, 32)).isfinite().all()


def test_every_bundled_network_has_its_card_and_nobody_elses_paths() -> None:
    for card in BUNDLED.glob("*.json"):
        said = json.loads(card.read_text(encoding="utf-8"))
        assert said["name"] == card.stem and card.stem in names()
        assert {"data", "recipe", "command", "test_accuracy", "versions"} <= set(said)
        assert not re.search(r"(^|[\s\"])/\w+/", card.read_text(encoding="utf-8"))


def test_the_bundled_networks_are_what_their_cards_say_and_small_together() -> None:
    cards = sorted(BUNDLED.glob("*.json"))
    assert sum(card.with_suffix(".safetensors").stat().st_size for card in cards) < 8_000_000
    for card in cards:
        said = json.loads(card.read_text(encoding="utf-8"))
        network = seethrough.load(card.stem)
        assert (network.name, list(network.size), list(network.labels.names)) == (
            card.stem,
            said["size"],
            said["labels"],
        )
        assert network.totals()["total"]["parameters"] == said.get("parameters", 3072 * 10 + 10)
        assert network(torch.full((1, network.channels, *network.size), 0.5)).isfinite().all()


def test_those_of_mnist_are_as_good_as_their_cards_say(shared: Path) -> None:
    test = datasets.load("mnist", "test", root=shared / "data").part(range(5000, 7000))
    assert test.pixels is not None
    for card in BUNDLED.glob("mnist-*.json"):
        read = seethrough.load(card.stem)(test.pixels / 255).argmax(1)
        said = json.loads(card.read_text(encoding="utf-8"))["test_accuracy"]
        assert float((read == test.labels).double().mean()) == pytest.approx(said, abs=0.01), card.stem
        assert said >= (0.95 if "robust" in card.stem else 0.992)


def test_it_takes_weights_of_ones_own_that_fit(tmp_path: Path) -> None:
    weight = torch.randn(10, 3072, generator=torch.Generator().manual_seed(0))
    save_file({"linear.weight": weight, "linear.bias": torch.zeros(10)}, tmp_path / "mine.safetensors")
    network = seethrough.load("cifar10-linear", weights=tmp_path / "mine.safetensors")
    pixels = torch.rand(1, 3, 32, 32)
    mean, std = torch.tensor([0.4913, 0.4821, 0.4465]), torch.tensor([0.2452, 0.2428, 0.2606])
    normal = (pixels - mean.view(1, -1, 1, 1)) / std.view(1, -1, 1, 1)
    torch.testing.assert_close(network(pixels), normal.flatten(1) @ weight.T, rtol=1e-4, atol=1e-3)
    save_file({"linear.weight": weight[:, :9].clone()}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="do not fit"):
        seethrough.load("cifar10-linear", weights=tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="not known"):
        seethrough.load("cifar10-linear:x")


def test_its_card_says_how_good_it_is(shared: Path) -> None:
    import io

    import numpy as np
    from PIL import Image

    stored = np.load(shared / "data" / "cifar10" / "test.npz")
    head, data, offsets = stored["head"].tobytes(), stored["data"].tobytes(), stored["offsets"]
    pictures = [np.asarray(Image.open(io.BytesIO(head + data[offsets[at] : offsets[at + 1]]))) for at in range(2000)]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2) / 255
    right = seethrough.load("cifar10-linear")(pixels).argmax(1) == torch.from_numpy(stored["labels"][:2000])
    said = json.loads((BUNDLED / "cifar10-linear.json").read_text(encoding="utf-8"))["test_accuracy"]
    assert float(right.double().mean()) == pytest.approx(said, abs=0.025)


def run_folder(folder: Path, **changes: Any) -> Path:
    """Write what a training leaves: a linear network of pictures of 4 x 6, two classes."""
    folder.mkdir(parents=True)
    weight = torch.arange(48.0).view(2, 24) / 48
    save_file({"linear.weight": weight, "linear.bias": torch.tensor([0.0, 1.0])}, folder / "weights.safetensors")
    card = {"arch": "linear", "size": [4, 6], "mean": [0.5], "std": [0.25], "labels": ["cat", "dog"], "resize": [5, 8]}
    (folder / "card.json").write_text(json.dumps(card | changes))
    return folder


def test_a_folder_that_a_training_left_is_a_network_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_folder(tmp_path / "runs" / "mine")
    before = torch.random.get_rng_state()
    network = seethrough.load(str(folder))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (network.name, network.size, network.channels) == ("mine", (4, 6), 1)
    assert network.labels.names == ("cat", "dog") and network.frame.resize == (5, 8)
    pixels = torch.rand(3, 1, 4, 6, generator=torch.Generator().manual_seed(0))
    weight = torch.arange(48.0).view(2, 24) / 48
    by_hand = ((pixels - 0.5) / 0.25).flatten(1) @ weight.T + torch.tensor([0.0, 1.0])
    torch.testing.assert_close(network(pixels), by_hand)
    monkeypatch.chdir(folder.parent)
    assert seethrough.load("mine").name == "mine" and seethrough.load("mine/").name == "mine"
    monkeypatch.chdir(folder)
    assert seethrough.load(".").name == "mine"


def test_it_takes_other_weights_that_fit_and_refuses_others(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "mine")
    save_file({"linear.weight": torch.ones(2, 24), "linear.bias": torch.zeros(2)}, tmp_path / "ones.safetensors")
    network = seethrough.load(str(folder), weights=tmp_path / "ones.safetensors")
    assert bool((network.module.linear.weight == 1).all())
    run_folder(tmp_path / "other", size=[5, 6])
    with pytest.raises(UserError, match="do not fit"):
        seethrough.load(str(tmp_path / "other"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"arch": "linear"', "is damaged"),
        ("[1, 2]", "is no card of a network: it has no 'arch'"),
        ('{"arch": "linear", "size": 28}', "is no card of a network: it has no 'size'"),
        ('{"arch": 5}', "is no card of a network: it has no 'arch'"),
    ],
)
def test_a_card_that_is_none_is_said_in_one_line(content: str, said: str, tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "mine")
    (folder / "card.json").write_text(content)
    with pytest.raises(UserError, match=said) as refused:
        seethrough.load(str(folder))
    assert "\n" not in str(refused.value) and "card.json" in str(refused.value)


def test_a_folder_without_weights_or_of_an_unknown_architecture_says_so(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "mine", arch="linaer")
    with pytest.raises(UserError, match="arch 'linaer' is not known; closest: linear"):
        seethrough.load(str(folder))
    bare = run_folder(tmp_path / "bare")
    (bare / "weights.safetensors").unlink()
    with pytest.raises(UserError, match=r"weights file .*weights\.safetensors does not exist"):
        seethrough.load(str(bare))


def test_a_network_knows_what_it_is_built_from_again(tmp_path: Path) -> None:
    assert seethrough.load().arch == "timm:tf_efficientnet_lite0"
    assert seethrough.load("cifar10-linear").arch == "linear"
    assert seethrough.load(str(run_folder(tmp_path / "mine"))).arch == "linear"
    assert small_cnn().arch is None
