"""The bundled network against timm's of the same architecture: same names, same numbers, same slopes, same training."""

import subprocess
import sys

import pytest
import timm
import torch
from torch import nn

import seethrough
from seethrough.networks.efficientnet_lite0 import EfficientNetLite0
from seethrough.networks.names import DEFAULT_ARCH


@pytest.fixture(scope="module")
def pair() -> tuple[nn.Module, nn.Module]:
    """Ours and timm's, with the same weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = timm.create_model(DEFAULT_ARCH, num_classes=7)
    ours = EfficientNetLite0(7)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def test_names_and_their_order_are_timms(pair: tuple[nn.Module, nn.Module]) -> None:
    ours, theirs = pair
    assert list(ours.state_dict()) == list(theirs.state_dict())
    # What does nothing has no place in ours.
    names = [name for name, part in theirs.named_modules() if not isinstance(part, nn.Identity)]
    assert [name for name, _ in ours.named_modules()] == names


@pytest.mark.parametrize("size", [(224, 224), (225, 191), (33, 60)])
@pytest.mark.parametrize("training", [False, True])
def test_scores_slopes_and_running_means_are_timms(
    pair: tuple[nn.Module, nn.Module], size: tuple[int, int], training: bool
) -> None:
    pixels = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    found = []
    for network in pair:
        network.train(training).zero_grad()
        image = pixels.clone().requires_grad_()
        scores = network(image)
        scores.square().sum().backward()
        means = [buffer.clone() for buffer in network.buffers()]
        found.append([scores.detach(), image.grad, *(weight.grad for weight in network.parameters()), *means])
    for mine, other in zip(*found, strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=0)


def test_preprocessing_is_timms() -> None:
    ours, theirs = seethrough.load(), timm.get_pretrained_cfg(DEFAULT_ARCH)
    assert (3, *ours.size) == theirs.input_size
    assert (ours.mean, ours.std, ours.frame.interpolation) == (theirs.mean, theirs.std, theirs.interpolation)
    assert ours.frame.resize == int(ours.size[0] / theirs.crop_pct)


def test_the_bundled_network_answers_without_the_libraries_that_take_long_to_import() -> None:
    script = (
        "import sys, seethrough; network = seethrough.load(); network.classify(network.frame(seethrough.photo('coffee')))"
        "; print(sorted({'timm', 'torchvision', 'torch._dynamo'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
