import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import seethrough
from seethrough.errors import UserError
from seethrough.networks.from_card import BUNDLED
from seethrough.networks.names import NETS, names


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
        assert said["name"] == card.stem and card.with_suffix(".safetensors").stat().st_size < 100_000
        assert {"data", "split", "recipe", "command", "test_accuracy", "versions"} <= set(said)
        assert not re.search(r"(^|[\s\"])/\w+/", card.read_text(encoding="utf-8"))


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
