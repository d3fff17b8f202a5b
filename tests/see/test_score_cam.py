"""Score-CAM against a channel-by-channel computation, and what it must not do: store all masked images, or trust flat maps."""

import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

import seethrough
from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn


def channel_by_channel(
    network: Network, image: Tensor, label: int, maps: Tensor, channels: int | None = None
) -> Tensor:
    """Show the image through each map, one at a time, and weigh the maps [C, h, w] by what the network says."""
    scores, shown = [], []
    black = network(torch.zeros_like(image))[0, label].detach()
    for channel in maps[:channels]:
        if channel.unique().numel() == 1:
            continue
        large = functional.interpolate(channel[None, None], image.shape[2:], mode="bilinear", align_corners=False)
        mask = (large - large.min()) / (large.max() - large.min())
        scores.append(network(image * mask)[0, label].detach() - black)
        shown.append(channel)
    weights = torch.stack(scores).softmax(0)
    return sum(weight * channel for weight, channel in zip(weights, shown, strict=True)).relu()


def test_it_is_what_the_paper_computes_channel_by_channel() -> None:
    network, images = small_cnn(), random_photos(3)
    found = see.score_cam(network, images, [2, 0, 4], batch=5)
    with torch.no_grad():
        maps = network.read(images, "relu#2")["relu#2"]
    for place, label in enumerate([2, 0, 4]):
        expected = channel_by_channel(network, images[place : place + 1], label, maps[place])
        torch.testing.assert_close(found.grid[place], expected, rtol=1e-4, atol=1e-5)
    assert found.settings == {"layer": "relu#2", "classes": [2, 0, 4], "on": "logit"}
    assert found.values.shape == (3, 40, 56)


def test_maps_below_zero_are_weighed_too_and_their_sum_is_cut_at_zero() -> None:
    network, images = small_cnn(), random_photos(1)
    with torch.no_grad():
        maps = network.read(images, "norm")["norm"][0]
    assert float(maps.min()) < 0
    found = see.score_cam(network, images, 1, layer="norm")
    torch.testing.assert_close(found.grid[0], channel_by_channel(network, images, 1, maps), rtol=1e-4, atol=1e-5)
    assert float(found.grid.min()) == 0


class Known(nn.Module):
    """A classifier whose maps are two brightness patterns and one that is the same everywhere."""

    def __init__(self, flat: float, patterns: float = 1.0) -> None:
        super().__init__()
        self.maps = nn.Conv2d(1, 3, 4, stride=4)
        self.maps.weight.data = (
            torch.tensor([patterns / 16, -patterns / 16, 0]).view(3, 1, 1, 1).expand(3, 1, 4, 4).clone()
        )
        self.maps.bias.data = torch.tensor([0.0, patterns, flat])
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.maps(x).mean((2, 3)))


# 0.1 is no sum of halves: enlarging a map of tenths leaves differences in its last digits.
@pytest.mark.parametrize("flat", [0.1, 1000.1])
def test_a_flat_channel_contributes_nothing_however_great(flat: float) -> None:
    network = Network(Known(flat), size=(20, 28), channels=1)
    images = random_photos(2, 1, (20, 28))
    found = see.score_cam(network, images, 1)
    with torch.no_grad():
        maps = network.read(images, "maps")["maps"]
    assert found.settings["layer"] == "maps"
    for place in range(2):
        expected = channel_by_channel(network, images[place : place + 1], 1, maps[place, :2])
        torch.testing.assert_close(found.grid[place], expected, rtol=1e-4, atol=1e-5)


def test_a_layer_of_flat_maps_alone_gives_an_empty_map_and_a_word_about_it() -> None:
    network = Network(Known(0.1, patterns=0.0), size=(20, 28), channels=1)
    with pytest.warns(UserWarning, match="image 1 .* says nothing"):
        found = see.score_cam(network, random_photos(1, 1, (20, 28)), 1)
    assert not found.values.any()


def test_a_number_that_is_none_shows_in_the_map_instead_of_vanishing() -> None:
    class Fails(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.where(x[:, :1] < 0, torch.nan, x) if len(x) == 1 else x * torch.nan

    network = Network(Known(0.1), size=(20, 28), channels=1)
    network.layers  # noqa: B018
    network.module.head = nn.Sequential(network.module.head, Fails())
    with pytest.warns(UserWarning, match="says nothing"):
        found = see.score_cam(network, random_photos(1, 1, (20, 28)), 1, layer="maps")
    assert found.values.isnan().all()


def test_the_batch_size_changes_nothing_and_no_pass_holds_more() -> None:
    network, images = small_cnn(), random_photos(2)
    expected = see.score_cam(network, images, 1, batch=100)
    seen: list[int] = []
    handle = network.module.conv1.register_forward_hook(lambda part, inputs, output: seen.append(len(inputs[0])))
    found = see.score_cam(network, images, 1, batch=5)
    handle.remove()
    torch.testing.assert_close(found.values, expected.values, rtol=1e-5, atol=1e-6)
    assert max(seen) == 5
    network.module.double()
    precise = [see.score_cam(network, images.double(), 1, batch=batch).values for batch in (1, 7)]
    assert precise[0].dtype == torch.float64
    torch.testing.assert_close(*precise, rtol=0, atol=1e-13)


def test_a_job_asked_to_stop_returns_the_sum_over_the_channels_done() -> None:
    network, images = small_cnn(), random_photos(2)
    with torch.no_grad():
        maps = network.read(images, "norm")["norm"]
    part = run(see.score_cam.job(network, images, 1, layer="norm", batch=6), lambda step: step.done == 1)
    for place in range(2):
        expected = channel_by_channel(network, images[place : place + 1], 1, maps[place], channels=3)
        torch.testing.assert_close(part.grid[place], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*says nothing")  # its weights are random
def test_the_tokens_of_a_transformer_are_maps_too() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = timm.create_model(
            "vit_tiny_patch16_224", img_size=(48, 64), depth=2, embed_dim=12, num_heads=3, num_classes=5
        )
    network = Network(module, size=(48, 64))
    found = see.score_cam(network, random_photos(1, size=(48, 64)), 2)
    assert found.grid.shape == (1, 3, 4) and found.values.isfinite().all()


def test_layers_without_maps_and_unknown_ones_are_refused() -> None:
    network, images = small_cnn(), random_photos(1)
    with pytest.raises(UserError, match="no map that lies over the image"):
        see.score_cam(network, images, 1, layer="head")
    with pytest.raises(UserError, match="closest: conv2"):
        see.score_cam(network, images, 1, layer="conv22")


# The high-water mark of this process alone: resource.getrusage starts from that of the process it was forked from.
WIDE = """
import torch
from pathlib import Path
from torch import nn
from seethrough.networks.network import Network
from seethrough.see.score_cam import score_cam
torch.set_num_threads(1)
module = nn.Sequential(nn.Conv2d(3, 1280, 1, stride=32), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 5))
network = Network(module, size=224)
image = torch.rand(1, 3, 224, 224)
network.scores(image.expand(16, -1, -1, -1))
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
score_cam(network, image, 1, layer="0")
streamed = peak() - before
all_at_once = image * torch.rand(1280, 1, 224, 224)
print(streamed, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory where Linux keeps it")
def test_1280_channels_at_224_pixels_take_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", WIDE], capture_output=True, text=True, check=True)
    streamed, all_at_once = map(int, done.stdout.split())
    # In kB; the masked images at once are 770 MB, and the measure sees them.
    assert 0 < streamed < 200 * 1024
    assert all_at_once > 700 * 1024


def test_it_tells_the_dog_from_the_cat(shared: Path) -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo(shared / "data" / "photos" / "cat_dog.png"))
    # A layer in the middle has fewer channels to try.
    found = see.score_cam(network, pixels.repeat(2, 1, 1, 1), ["boxer", "tiger cat"], layer="blocks.4")
    boxer, cat = (int(heat.argmax()) // 224 for heat in found.values)
    assert boxer < 112 < cat  # the dog sits above the cat
