import socket
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import seethrough
from seethrough.errors import UserError
from seethrough.networks.names import NETS, architectures, names


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pretend that no name of the outside resolves, and that nothing was downloaded before."""

    def refuse(*args: object, **named: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def test_the_bundled_network_knows_espresso() -> None:
    network = seethrough.load()
    guess = network.classify(network.frame(seethrough.photo("coffee")))[0][0]
    assert (guess.index, guess.label, guess.wnid) == (967, "espresso", "n07920052")
    assert guess.probability > 0.9
    assert (network.size, network.channels, len(network.labels)) == ((224, 224), 3, 1000)
    assert network.totals()["total"]["parameters"] == 4_652_008
    assert next(iter(network.layers)) == "conv_stem" and "blocks.4.2" in network.layers


def test_the_names_read_from_sources_are_those_the_libraries_register() -> None:
    import timm
    import torchvision

    assert set(architectures("timm")) == set(timm.list_models())
    assert set(architectures("torchvision")) == set(torchvision.models.list_models(module=torchvision.models))
    assert names()[0] == NETS[0].name == "efficientnet-lite0"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("efficientnet-lite1", "network 'efficientnet-lite1' is not known; closest: efficientnet-lite0"),
        ("torchvision:resnet81", "closest: torchvision:resnet"),
        ("timm:resnet18.nope", "network 'timm:resnet18.nope' is not known; closest: timm:resnet18."),
        ("torchvision:resnet18:V3", "torchvision:resnet18:IMAGENET1K_V1"),
        ("torchvision:", "not known"),
        ("resnet18", "closest: "),
        ("", "not known"),
    ],
)
def test_a_wrong_name_is_answered_with_the_closest(wrong: str, words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")) as caught:
        seethrough.load(wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["torchvision:squeezenet1_0", "timm:resnet18", "timm:resnet18.tv_in1k"])
def test_without_a_network_a_download_is_refused_within_a_second(name: str, offline: None) -> None:
    import timm  # noqa: F401 (the import is not what is timed)

    seethrough.load()
    began = time.monotonic()
    with pytest.raises(UserError, match="efficientnet-lite0") as caught:
        seethrough.load(name)
    # The architecture itself is not built before the answer.
    assert time.monotonic() - began < 4
    assert "\n" not in str(caught.value)


def test_local_weights_go_into_an_architecture(tmp_path: Path) -> None:
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = torchvision.models.squeezenet1_0(weights=None).eval()
    pixels = torch.rand(2, 3, 224, 224)
    mean, std = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    with torch.no_grad():
        expected = module((pixels - mean) / std)
    save_file(module.state_dict(), tmp_path / "squeeze.safetensors")
    torch.save({"state_dict": module.state_dict()}, tmp_path / "squeeze.pth")
    for file in ("squeeze.safetensors", "squeeze.pth"):
        network = seethrough.load("torchvision:squeezenet1_0", weights=tmp_path / file)
        torch.testing.assert_close(network(pixels), expected)
    assert network.labels.names[967] == "espresso"
    with pytest.raises(UserError, match="do not fit"):
        seethrough.load("torchvision:resnet18", weights=tmp_path / "squeeze.pth")


def test_timm_networks_keep_their_own_preprocessing(tmp_path: Path) -> None:
    import timm

    module = timm.create_model("vit_tiny_patch16_224", pretrained=False).eval()
    save_file(module.state_dict(), tmp_path / "vit.safetensors")
    network = seethrough.load("timm:vit_tiny_patch16_224", weights=tmp_path / "vit.safetensors")
    pixels = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(network(pixels), module((pixels - 0.5) / 0.5))
    assert network.frame.resize == int(224 / 0.9)


def test_a_factory_of_ones_own_needs_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_nets.py").write_text(
        "from torch import nn\nfrom seethrough import Network\n"
        "def make():\n    return Network(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)), size=4, labels=['a', 'b'])\n"
        "def module():\n    return nn.Identity()\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="--trust"):
        seethrough.load("python:my_nets:make")
    assert "my_nets" not in sys.modules
    path = list(sys.path)
    assert seethrough.load("python:my_nets:make", trust=True)(torch.rand(1, 3, 4, 4)).shape == (1, 2)
    assert sys.path == path
    for wrong, words in [
        ("python:my_nets:other", "module my_nets has no other"),
        ("python:no_such:make", "there is no module no_such"),
        ("python:my_nets:module", "must return a seethrough.Network"),
        ("python:my_nets", "python:package.module:factory"),
    ]:
        with pytest.raises(UserError, match=words):
            seethrough.load(wrong, trust=True)
    del sys.modules["my_nets"]


def test_loading_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    seethrough.load()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_device_that_is_not_there_is_answered_in_one_line() -> None:
    for wrong in ("cuda:99", "nonsense"):
        with pytest.raises(UserError, match=f"device '{wrong}' is not to be had here; there is: cpu"):
            seethrough.load(device=wrong)
    assert seethrough.load(device="cpu").device == torch.device("cpu")


def test_alexnet_needs_its_file() -> None:
    with pytest.raises(UserError, match=r"alexnet-caffe needs --weights FILE: the bvlc_alexnet.npy"):
        seethrough.load("alexnet-caffe")


def test_squeezenet_with_the_given_weights_knows_espresso(shared: Path) -> None:
    network = seethrough.load("torchvision:squeezenet1_0", weights=shared / "weights" / "squeezenet1_0.safetensors")
    guesses = network.classify(network.frame(seethrough.photo("coffee")))
    assert "espresso" in [guess.label for guess in guesses[0]]


def test_a_bare_module_is_wrapped_in_one_line() -> None:
    network = seethrough.Network(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 26 * 26, 10)), size=28, channels=1
    )
    assert network(torch.rand(2, 1, 28, 28)).shape == (2, 10)
