import itertools
from pathlib import Path

import pytest
import torch
from torch import Tensor

import seethrough
from seethrough import photo
from seethrough.ascent.wish import Reading
from seethrough.dream.moments import content_cost, moments, style_cost
from seethrough.dream.style import style
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.frame import LUMA
from seethrough.networks.network import Network
from seethrough.results.styled import Styled
from tests.dream.test_deepdream import fixed
from tests.nets import linear_network, random_photos, small_cnn

LAYERS = ("relu", "relu#2")


def painting(seed: int = 9, size: tuple[int, int] = (50, 44)) -> Tensor:
    """Return stripes in two colours with a little noise: a style of its own."""
    stripes = (torch.arange(size[1]) // 3 % 2).float().expand(3, *size) * torch.tensor([0.6, 0.2, -0.4]).view(3, 1, 1)
    return (0.45 + 0.7 * stripes + 0.1 * random_photos(1, size=size, seed=seed)[0]).clamp(0, 1)


def read(network: Network, found: Styled, place: int) -> tuple[float, float]:
    """Return the costs of a picture that was returned, of style and content, from the start."""
    own = [moments(network, one[None], LAYERS) for one in found.styles]
    costs = (
        style_cost(network, own, found.weights, LAYERS),
        content_cost(network, found.contents[place][None], ("relu",)),
    )
    picture = found.pictures[place][None]
    with torch.no_grad():
        layers = network.run(picture, LAYERS)[1]
    style_off, content_off = (float(cost.read(Reading(picture, torch.arange(1), 1, layers, None))) for cost in costs)
    return style_off, content_off


def test_the_costs_are_those_of_the_pictures_that_are_returned() -> None:
    network = small_cnn()
    photos = [random_photos(1)[0], random_photos(1, size=(64, 40), seed=2)[0]]
    found = style(network, photos, [painting(), painting(3)], steps=8)
    assert [tuple(one.shape) for one in found.pictures] == [(3, 40, 56), (3, 64, 40)]
    assert found.content_cost is not None and found.settings["layers"] == list(LAYERS)
    for place in range(2):
        style_off, content_off = read(network, found, place)
        assert float(found.style_cost[place]) == pytest.approx(style_off, rel=1e-4)
        assert float(found.content_cost[place]) == pytest.approx(content_off, rel=1e-4)


def test_a_photo_is_its_own_content_and_the_style_comes_nearer() -> None:
    network = small_cnn()
    still = style(network, [random_photos(1)[0]], [painting()], steps=0)
    # The waves of the canvas cannot paint pure black and white; between them a photo is painted as it is.
    torch.testing.assert_close(still.pictures[0], still.contents[0], atol=1e-3, rtol=0)
    assert still.content_cost is not None and float(still.content_cost) < 1e-8
    assert float(still.style_cost) == pytest.approx(float(still.style_before), rel=1e-3)
    found = style(network, [random_photos(1)[0]], [painting()], steps=40)
    assert float(found.style_cost) < 0.2 * float(found.style_before)


@pytest.mark.parametrize("stride", ["lbfgs", "adam"])
def test_more_steps_of_either_stride_never_end_at_more(stride: str) -> None:
    ends = []
    for steps in (0, 5, 20, 60):
        found = style(small_cnn(), [random_photos(1)[0]], [painting()], steps=steps, stride=stride, tv=0.0)
        assert found.content_cost is not None
        ends.append(30 * float(found.style_cost) + float(found.content_cost))
    assert all(after <= before + 1e-6 for before, after in itertools.pairwise(ends)) and ends[-1] < 0.5 * ends[0]


def test_weights_pull_where_they_say() -> None:
    network, given = small_cnn(), ([random_photos(1)[0]], [painting()])
    faithful = style(network, *given, steps=25, content_weight=100.0)
    free = style(network, *given, steps=25, content_weight=0.0)
    assert faithful.content_cost is not None and free.content_cost is not None
    assert float(faithful.content_cost) < 0.6 * float(free.content_cost)
    assert float(free.style_cost) < float(faithful.style_cost)


def test_of_several_styles_the_weights_are_shares() -> None:
    network, photos = small_cnn(), [random_photos(1)[0]]
    one, other = painting(), random_photos(1, seed=5)[0]
    alone = style(network, photos, [one], steps=5, tv=0.0)
    same = style(network, photos, [one, other], mix="2,0", steps=5, tv=0.0)
    torch.testing.assert_close(same.pictures[0], alone.pictures[0], atol=1e-4, rtol=0)
    assert same.weights == (1.0, 0.0)
    torch.testing.assert_close(same.style_cost, alone.style_cost, rtol=1e-3, atol=0)
    half = style(network, photos, [one, other], steps=5)
    assert half.weights == (0.5, 0.5) and half.style_cost != same.style_cost


def test_roughness_can_be_forbidden() -> None:
    def varies(picture: Tensor) -> float:
        return float((picture[:, 1:] - picture[:, :-1]).square().mean())

    rough = style(small_cnn(), [random_photos(1)[0]], [painting()], steps=20, tv=0.0)
    smooth = style(small_cnn(), [random_photos(1)[0]], [painting()], steps=20, tv=20.0)
    assert varies(smooth.pictures[0]) < 0.6 * varies(rough.pictures[0])


def test_colours_can_be_kept() -> None:
    shown = random_photos(1)[0] * 0.3 + 0.35
    found = style(small_cnn(), [shown], [painting()], steps=10, keep_colour=True)
    change = found.pictures[0] - found.contents[0]
    # Nothing was cut off at black or white here, so every colour moved as much as the brightness did.
    inside = ((found.pictures[0] > 0) & (found.pictures[0] < 1)).all(0)
    assert float(inside.float().mean()) > 0.9
    torch.testing.assert_close(change[0][inside], change[1][inside], atol=1e-5, rtol=0)
    torch.testing.assert_close(change[0][inside], change[2][inside], atol=1e-5, rtol=0)
    brightness = torch.einsum("chw,c->hw", change, torch.tensor(LUMA))
    assert float(brightness.abs().mean()) > 0.01 and float(found.style_cost) < float(found.style_before)


def test_noise_can_be_the_start_and_the_seed_decides_it() -> None:
    given = {"start": "noise", "steps": 3}
    first = style(small_cnn(), [random_photos(1)[0]], [painting()], seed=1, **given)
    again = style(small_cnn(), [random_photos(1)[0]], [painting()], seed=1, **given)
    other = style(small_cnn(), [random_photos(1)[0]], [painting()], seed=2, **given)
    assert first == again and not torch.equal(first.pictures[0], other.pictures[0])


def test_a_photo_is_painted_alike_alone_and_among_others() -> None:
    network = small_cnn()
    network.module.double()
    photos = [one.double() for one in random_photos(2)]
    both = style(network, photos, [painting().double()], steps=5)
    alone = style(network, photos[1:], [painting().double()], steps=5)
    torch.testing.assert_close(both.pictures[1], alone.pictures[0], atol=1e-9, rtol=0)
    assert both.pictures[0].dtype == torch.float64


def test_one_channel_does_too_and_has_no_colour_to_keep() -> None:
    network = small_cnn(channels=1)
    found = style(network, [random_photos(1)[0]], [painting()], steps=3)
    assert found.pictures[0].shape == (1, 40, 56)
    with pytest.raises(UserError, match="keep_colour is for networks that see 3 colours; small-cnn sees 1"):
        style(network, [random_photos(1)[0]], [painting()], keep_colour=True)


def test_a_network_of_one_size_frames_what_it_is_given_and_says_so() -> None:
    large = random_photos(1, size=(80, 90))[0]
    with pytest.warns(UserWarning, match="fixed takes 40 x 56 pixels alone"):
        found = style(fixed(), [large], [painting()], layers="act", content_layers="act", steps=3)
    assert found.pictures[0].shape == (3, 40, 56)
    assert torch.equal(found.contents[0], fixed().frame(large)[0])


def test_nothing_is_left_behind_and_callers_may_be_without_gradients() -> None:
    network = small_cnn()
    state = torch.random.get_rng_state()
    expected = style(network, [random_photos(1)[0]], [painting()], steps=3, keep_colour=True)
    with torch.inference_mode():
        found = style(network, [random_photos(1)[0]], [painting()], steps=3, keep_colour=True)
    assert found == expected and not found.pictures[0].is_inference()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(one.requires_grad and one.grad is None for one in network.module.parameters())
    assert all(not part._forward_hooks for part in network.module.modules())


def test_it_can_be_stopped_with_the_pictures_there_are() -> None:
    photos = [random_photos(1)[0], random_photos(1, size=(30, 60))[0], random_photos(1)[0]]
    seen: list[tuple[int, ...]] = []
    work = style.job(small_cnn(), photos, [painting()], steps=4)
    found = run(work, lambda step: seen.append(tuple(step.peek().images.shape)) or len(seen) == 6)  # type: ignore[misc]
    assert len(found) == 2 and len(found.contents) == 2 and found.trace.shape == (2, 4)
    assert found.trace[1].isnan().tolist() == [False, False, True, True]
    assert seen == [(1, 3, 40, 56)] * 4 + [(1, 3, 30, 60)] * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"start": "nose"}, "start 'nose' is not known; closest: noise"),
        ({"stride": "sgd"}, "stride 'sgd' is not known; there are: lbfgs, adam"),
        ({"style_weight": -1.0}, "style_weight is -1.0; it takes 0 or more"),
        ({"tv": float("nan")}, "tv is nan"),
        ({"layers": "head"}, "no map that lies over the image"),
        ({"layers": " , "}, "layers is empty; name one or more, for example relu"),
        ({"size": 2}, "size is 2"),
        ({"steps": -1}, "steps is -1"),
    ],
)
def test_bad_input_is_refused_in_one_line(given: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        style(small_cnn(), [random_photos(1)[0]], [painting()], **given)


def test_a_network_without_maps_has_no_style() -> None:
    with pytest.raises(UserError, match="linear has no layer with a map"):
        style(linear_network()[0], [random_photos(1)[0]], [painting()])


def test_the_bundled_network_paints_a_photo_like_a_painting(shared: Path) -> None:
    network = seethrough.load()
    starry = photo(shared / "data" / "paintings" / "starry_night.jpg")
    found = style(network, [photo("coffee")], [starry], size=128, steps=40)
    assert found.content_cost is not None
    assert float(found.style_cost) < 0.12 * float(found.style_before) and float(found.content_cost) < 1.2
    # Coffee is red, Starry Night is blue.
    assert float(found.contents[0][0].mean() - found.contents[0][2].mean()) > 0.1
    assert float(found.pictures[0][0].mean() - found.pictures[0][2].mean()) < 0
