import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.results.heatmap import Heatmap
from seethrough.see.mask import grab_cut, largest_part, mask, seeded
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot

cv2 = pytest.importorskip("cv2", reason="needs seethrough[mask]")


def brightness_network(channels: int = 3, size: tuple[int, int] = (80, 112)) -> Network:
    """Return a network whose class 0 says how much of the photo is bright, looked at in blocks of 8 pixels; class 1 nothing."""
    look = nn.Conv2d(channels, 1, 8, stride=8)
    head = nn.Linear(1, 2)
    with torch.no_grad():
        look.weight.fill_(1 / (64 * channels))
        look.bias.fill_(-0.5)
        head.weight.copy_(torch.tensor([[1.0], [0.0]]))
        head.bias.zero_()
    module = nn.Sequential(look, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    return Network(module, size=size, channels=channels, name="brightness")


def disc(
    channels: int = 3, size: tuple[int, int] = (80, 112), centre: tuple[int, int] = (34, 70), seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Return a photo of a bright disc on a dark textured ground, and where the disc is."""
    generator = torch.Generator().manual_seed(seed)
    down, across = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    inside = (down - centre[0]) ** 2 + (across - centre[1]) ** 2 <= 22**2
    ground = (
        0.2
        + 0.1 * torch.sin(down / 3) * torch.sin(across / 4)
        + 0.05 * torch.rand(channels, *size, generator=generator)
    )
    bright = 0.85 + 0.1 * torch.rand(channels, *size, generator=generator)
    return torch.where(inside, bright, ground)[None], inside


def overlap(found: Tensor, expected: Tensor) -> float:
    return float((found & expected).sum() / (found | expected).sum())


@pytest.mark.parametrize("method", ["grad_cam", "grad-cam", "gradient_x_input", "smooth_grad", "cam"])
def test_a_bright_disc_is_cut_out(method: str) -> None:
    photo, expected = disc()
    found = mask(brightness_network(), photo, 0, method=method)
    assert overlap(found.mask[0], expected) > 0.9
    # The map alone is coarser than the mask: colours and edges did the rest.
    assert overlap(found.mask[0], expected) > overlap(found.seeds[0] == 1, expected) + 0.2


@pytest.mark.parametrize("size", [(80, 112), (112, 80), (80, 80)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_shape_and_grey_photos_too(channels: int, size: tuple[int, int]) -> None:
    photo, expected = disc(channels, size, centre=(40, 44))
    found = mask(brightness_network(channels, size), photo, 0)
    assert found.mask.shape == (1, *size) and found.mask.dtype == torch.bool
    assert overlap(found.mask[0], expected) > 0.9
    assert found.cut_outs.shape == photo.shape


def test_a_mask_is_the_same_again_and_alone_and_in_a_batch() -> None:
    network = brightness_network()
    photos = torch.cat([disc(centre=(30 + 4 * place, 40 + 9 * place), seed=place)[0] for place in range(3)])
    photos = (photos + 0.15 * torch.rand(photos.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    together = mask(network, photos, 0)
    cv2.setRNGSeed(99)
    assert torch.equal(mask(network, photos, 0).mask, together.mask)
    for place in range(3):
        assert torch.equal(mask(network, photos[place : place + 1], 0).mask[0], together.mask[place])


def test_no_random_state_is_touched_and_nothing_is_left_behind() -> None:
    def drawn() -> bytes:
        return cv2.randu(np.zeros((1, 8)), 0, 1).tobytes()

    network = brightness_network()
    before = snapshot(network)
    cv2.setRNGSeed(7)
    expected = drawn()
    cv2.setRNGSeed(7)
    state = torch.get_rng_state()
    mask(network, disc()[0], 0)
    assert drawn() == expected
    assert torch.equal(torch.get_rng_state(), state)
    assert_same(before, snapshot(network))


def test_the_result_holds_the_map_and_says_how_to_repeat_it() -> None:
    photo, _ = disc()
    found = mask(brightness_network(), photo, 0, foreground=0.9, background=0.2, rounds=2)
    assert found.heatmap.method == "see.grad_cam"
    assert found.settings == {
        "classes": [0],
        "method": "grad_cam",
        "foreground": 0.9,
        "background": 0.2,
        "rounds": 2,
    }
    assert found.mask[found.seeds == 1].float().mean() > 0.99
    assert not found.mask[found.seeds == -1].any()


def test_the_seeds_are_the_ends_of_the_map_by_counting() -> None:
    values = torch.arange(100.0).view(1, 10, 10)
    seeds, guess = seeded(values, 0.9, 0.3)
    # Quantiles of 0..99: 0.9 is 89.1, 0.3 is 29.7.
    assert seeds.flatten().tolist() == [-1] * 30 + [0] * 60 + [1] * 10
    assert guess.flatten().tolist() == [False] * 60 + [True] * 40


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 5], [-1] * 9 + [1]),  # mostly zero: only what lies above is inside
        ([1, 9, 9, 9, 9, 9, 9, 9, 9, 9], [-1] + [1] * 9),  # mostly full: only what lies below is outside
    ],
)
def test_both_seeds_are_there_when_most_of_a_map_is_one_number(cells: list[int], expected: list[int]) -> None:
    seeds, _ = seeded(torch.tensor([cells], dtype=torch.float64)[None], 0.6, 0.3)
    assert seeds.flatten().tolist() == expected


def test_the_largest_connected_part_is_kept() -> None:
    picture = np.zeros((6, 8), dtype=bool)
    picture[4, 4:6] = True
    corners = ([0, 1, 2], [0, 1, 2])  # these three touch at their corners alone
    picture[corners] = True
    expected = torch.zeros(6, 8, dtype=torch.bool)
    expected[corners] = True
    assert torch.equal(largest_part(cv2, picture), expected)
    assert not largest_part(cv2, np.zeros((3, 3), dtype=bool)).any()


def test_colours_reach_grab_cut_in_its_own_order() -> None:
    photo = torch.zeros(3, 20, 20)
    photo[0, :, 10:] = 1.0  # red on the right
    seen: list[Any] = []

    class Spy:
        def __getattr__(self, name: str) -> Any:
            if name == "grabCut":
                return lambda picture, *rest: seen.append(picture) or cv2.grabCut(picture, *rest)
            return getattr(cv2, name)

    seeds = torch.zeros(20, 20, dtype=torch.int8)
    seeds[5, 15], seeds[5, 5] = 1, -1
    found = grab_cut(Spy(), photo, seeds, photo[0] > 0.5, 1)
    assert seen[0][0, 15].tolist() == [0, 0, 255]
    assert torch.equal(found, photo[0] > 0.5)


def test_asked_to_stop_it_cuts_by_the_map_there_is() -> None:
    photo, expected = disc()
    steps = []
    work = mask.job(brightness_network(), photo, 0, method="smooth_grad")
    found = run(work, lambda step: steps.append(step) or True)
    assert len(steps) == 1 and steps[0].total > 1
    assert overlap(found.mask[0], expected) > 0.9


@pytest.mark.filterwarnings("ignore:.*says nothing")
@pytest.mark.parametrize("classes", [[0, 1], [1, 0]])
def test_a_flat_map_is_refused_by_its_image(classes: list[int]) -> None:
    photos = disc()[0].repeat(2, 1, 1, 1)
    wrong = classes.index(1) + 1
    with pytest.raises(UserError, match=f"see.grad_cam map of image {wrong} .class 1.*flat or not a number"):
        mask(brightness_network(), photos, classes)


def test_a_map_of_nan_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, _ = disc()
    network = brightness_network()
    network.module[4].weight.data[0] = torch.nan
    with pytest.raises(UserError, match="flat or not a number"), pytest.warns(UserWarning, match="says nothing"):
        mask(network, photo, 0)


def test_of_a_signed_map_only_what_speaks_for_the_class_counts() -> None:
    photo, expected = disc()
    network = brightness_network()
    network.module[4].weight.data[1] = -1.0
    assert overlap(mask(network, photo, 0, method="gradient_x_input").mask[0], expected) > 0.9
    with pytest.raises(UserError, match="flat or not a number"):
        mask(network, photo, 1, method="gradient_x_input")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"method": "grad_cma"}, "closest: grad_cam"),
        ({"method": "compare"}, "method 'compare' is not known"),
        ({"method": "cam_sheet"}, "method 'cam_sheet' is not known"),
        ({"foreground": 0.3, "background": 0.3}, "they take 0 <= background < foreground <= 1"),
        ({"foreground": 1.1}, "foreground is 1.1"),
        ({"rounds": 0}, "rounds is 0; it takes 1 or more"),
    ],
)
def test_bad_input_gets_one_clear_line(named: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        mask(brightness_network(), disc()[0], **named)
    assert said in str(refused.value)


def test_photos_of_other_than_one_or_three_channels_are_refused() -> None:
    with pytest.raises(UserError, match="images has 5 channels; a mask is cut by colour: 1 or 3"):
        mask(small_cnn(channels=5), random_photos(1, 5))


def test_without_opencv_it_says_the_line_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match=r"cv2 is not installed; bring it with: pip install 'seethrough\[mask\]'"):
        mask(brightness_network(), disc()[0])


def test_the_map_is_the_methods_own() -> None:
    from seethrough.see.grad_cam import grad_cam

    photo, _ = disc()
    network = brightness_network()
    heatmap = mask(network, photo, 0).heatmap
    assert isinstance(heatmap, Heatmap)
    assert heatmap == grad_cam(network, photo, 0)
