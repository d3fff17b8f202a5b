import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.networks.streams import image_streams
from seethrough.train.learn import Pictures, learn
from seethrough.train.mix import cutmix
from seethrough.train.recipe import Recipe
from tests.nets import linear_network


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def shades(count: int, channels: int = 3, size: tuple[int, int] = (20, 28)) -> Tensor:
    """Return pictures of one shade each: every pixel tells whose it is."""
    return (torch.arange(count) / count)[:, None, None, None].expand(count, channels, *size).clone()


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_pasted_is_one_box_of_the_picture_that_is_named_and_its_area_is_told(channels: int) -> None:
    images = shades(64, channels)
    mixed, other, own = cutmix(images, 1.0, stream())
    assert mixed.shape == images.shape and sorted(other.tolist()) == list(range(64))
    for place in range(64):
        pasted = mixed[place, 0] != images[place, 0]
        assert torch.equal(mixed[place, :, pasted], images[other[place], :, pasted])
        if other[place] == place:
            continue
        assert float(own[place]) == pytest.approx(1 - float(pasted.double().mean()))
        rows, columns = pasted.any(1), pasted.any(0)
        assert torch.equal(pasted, rows[:, None] & columns[None])
        for side in (rows, columns):  # one box: what is pasted hangs together
            assert int((side[1:] != side[:-1]).sum()) <= 2


def test_areas_are_spread_and_the_box_has_the_shape_of_the_picture() -> None:
    _, _, own = cutmix(torch.zeros(4000, 1, 20, 28), 1.0, stream(3))
    # A box of area U in (0, 1) anywhere: the mean of what stays inside is the square of the mean of one side's.
    side = torch.rand(200_000, generator=stream(4), dtype=torch.float64).sqrt() / 2
    centre = torch.rand(2, 200_000, generator=stream(5), dtype=torch.float64)
    inside = ((centre + side).clamp(max=1) - (centre - side).clamp(min=0)).prod(0)
    assert float(1 - own.double().mean()) == pytest.approx(float(inside.mean()), abs=0.015)
    assert own.min() < 0.1 and own.max() > 0.99


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_so_many_pictures_are_mixed_and_the_same_stream_mixes_the_same(share: float) -> None:
    images = shades(2000, 1, (8, 8))
    before, randomness = images.clone(), torch.random.get_rng_state()
    mixed, other, own = cutmix(images, share, stream(1))
    again = cutmix(images, share, stream(1))
    assert all(torch.equal(one, two) for one, two in zip((mixed, other, own), again, strict=True))
    assert float((own < 1).double().mean()) == pytest.approx(0.95 * share, abs=0.06)  # some boxes fall beside
    assert torch.equal(images, before) and torch.equal(torch.random.get_rng_state(), randomness)


def test_a_step_goes_down_the_loss_of_both_labels_by_their_areas() -> None:
    pixels = torch.randint(0, 256, (6, 3, 40, 56), generator=stream(8), dtype=torch.uint8)
    pictures = Pictures(pixels, torch.tensor([0, 1, 2, 3, 4, 0]))
    network, held, _ = linear_network()
    weights, bias = held.clone(), network.module[1].bias.detach().clone()  # type: ignore[index, union-attr]
    recipe = Recipe(
        epochs=1, batch=6, optimiser="sgd", momentum=0, decay=0, rate=0.01, schedule="constant", mix=1.0, smoothing=0.1
    )
    learned = run(learn(network, pictures, None, recipe))
    # By hand: the same stream, the same order; the slope of own * CE(label) + (1 - own) * CE(other label).
    (drawn,) = image_streams(recipe.seed, 1, 0)
    order = torch.randperm(6, generator=drawn)
    torch.randint(2**31, (), generator=drawn)
    mixed, other, own = cutmix(pixels[order].float() / 255, 1.0, drawn)
    labels = pictures.labels[order]
    flat = mixed.flatten(1).double()
    scores = flat @ weights.flatten(1).double().T + bias.double()
    target = own[:, None].double() * functional.one_hot(labels, 5) + (1 - own)[:, None].double() * functional.one_hot(
        labels[other], 5
    )
    target = 0.9 * target + 0.1 / 5
    slope = (scores.softmax(1) - target).T @ flat / 6
    found = learned.weights["1.weight"].double()
    assert torch.allclose(found, weights.flatten(1).double() - 0.01 * slope, atol=1e-5)
    assert 0 < float(own.min()) < 0.9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mix": 1.5}, "mix is 1.5; it takes a share of the pictures, from 0 to 1"),
        ({"mix": -0.1}, "mix is -0.1"),
        ({"mix": 0.5, "against": "pgd"}, "mixed pictures are not attacked"),
    ],
)
def test_what_cannot_be_mixed_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Recipe(**given)  # type: ignore[arg-type]


def test_without_it_the_card_says_nothing_of_it() -> None:
    assert "mix" not in Recipe().words() and Recipe(mix=0.5).words()["mix"] == 0.5
