from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough.dream.invert import _weight, invert
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def turned(size: tuple[int, int] = (8, 10), channels: int = 1) -> Network:
    """Return a network whose first layer turns the pixels as one long vector: nothing is lost in it."""
    count = channels * size[0] * size[1]
    generator = torch.Generator().manual_seed(0)
    layers = nn.Sequential(nn.Flatten(), nn.Linear(count, count), nn.Linear(count, 4)).double()
    layers[1].weight.data = torch.linalg.qr(torch.randn(count, count, generator=generator, dtype=torch.float64)).Q
    return Network(layers, size=size, channels=channels, name="turned")


class Tokens(nn.Module):
    """Patches as tokens [B, T, C], as transformers have them."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 6, 8, stride=8)
        self.mix = nn.Linear(6, 6)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(self.patch(x).flatten(2).transpose(1, 2)).relu().mean(1))


def doubled() -> Network:
    return Network(small_cnn().module.double(), size=(40, 56), mean=0.45, std=0.25, name="small-cnn")


@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_layer_that_loses_nothing_is_inverted_to_the_photo(canvas: str, channels: int) -> None:
    photos = random_photos(2, channels=channels, size=(8, 10)).double()
    found = invert(turned(channels=channels), photos, layers="1", prior="none", canvas=canvas, steps=600)
    assert float(found.code_error.max()) < 1e-3
    assert float(found.pixel_error.max()) < 1e-3
    torch.testing.assert_close(found.pictures, photos, atol=1e-3, rtol=0)


def test_a_layer_of_few_numbers_is_met_by_another_image() -> None:
    network, photos = linear_network()[0], random_photos(1)
    found = invert(network, photos, prior="none", starts=2, steps=30)
    assert float(found.code_error.max()) < 1e-3
    assert float(found.pixel_error.min()) > 0.5
    assert float((found.pictures[0] - found.pictures[1]).norm()) > 1


def test_what_is_reported_is_recomputed_from_what_is_returned() -> None:
    network, photos = small_cnn(), random_photos(2)
    found = invert(network, photos, layers="conv1,relu#2,head", prior="none,both", starts=2, steps=8)
    assert len(found) == 2 * 2 * 2 * 3 == len(found.of)
    mean = network.mean_colour.view(1, -1, 1, 1)
    for place, picture in enumerate(found.pictures):
        photo = photos[found.of[place]]
        codes = [network.read(one[None], found.layers[place])[found.layers[place]] for one in (picture, photo)]
        phi, own = (code.detach().numpy().ravel().astype(np.float64) for code in codes)
        assert float(found.code_error[place]) == pytest.approx(
            np.sqrt(((phi - own) ** 2).sum() / (own**2).sum()), rel=1e-4
        )
        apart, contrast = (picture - photo).numpy().ravel(), (photo - mean).numpy().ravel()
        assert float(found.pixel_error[place]) == pytest.approx(
            np.linalg.norm(apart) / np.linalg.norm(contrast), rel=1e-4
        )
    guessed = network.classify(found.pictures, top=1)
    assert [guess.index for guess in found.guesses] == [row[0].index for row in guessed.rows]
    assert [guess.index for guess in found.photo_guesses] == [row[0].index for row in network.classify(photos).rows]
    assert found.trace.shape == (24, 8)


def test_pictures_stand_in_order_of_photo_prior_start_and_layer() -> None:
    found = invert(small_cnn(), random_photos(2), layers="head,conv1", prior="tv1,alpha", starts=2, steps=1, batch=3)
    wanted = [
        (photo, prior, start, layer)
        for photo in (0, 1)
        for prior in ("tv1", "alpha")
        for start in (0, 1)
        for layer in ("head", "conv1")
    ]
    assert list(zip(found.of, found.priors, found.starts, found.layers, strict=True)) == wanted


@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
def test_pictures_of_a_photo_begin_alike_for_every_layer_and_prior_and_differ_for_every_start(canvas: str) -> None:
    found = invert(
        small_cnn(), random_photos(2), layers="conv1,head", prior="none,tv2", starts=2, steps=0, canvas=canvas
    )
    seen: dict[tuple[int, int], Tensor] = {}
    for place, picture in enumerate(found.pictures):
        first = seen.setdefault((found.of[place], found.starts[place]), picture)
        assert torch.equal(first, picture)
    assert len(seen) == 4
    begun = list(seen.values())
    assert all(not torch.equal(one, other) for number, one in enumerate(begun) for other in begun[number + 1 :])


@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
def test_in_double_precision_a_photo_alone_and_in_a_batch_is_inverted_to_the_same(canvas: str) -> None:
    photos = random_photos(3).double()
    settings = {"layers": "conv1,conv2", "prior": "none,both", "steps": 12, "canvas": canvas}
    many = invert(doubled(), photos, **settings)
    alone = invert(doubled(), photos[:1], **settings)
    torch.testing.assert_close(many.pictures[: len(alone)], alone.pictures, rtol=0, atol=1e-10)
    small = invert(doubled(), photos, batch=1, **settings)
    torch.testing.assert_close(many.pictures, small.pictures, rtol=0, atol=1e-10)
    assert many.pictures.dtype == torch.float64


def test_the_same_seed_gives_the_same_pictures_another_seed_others_and_the_global_random_state_stays() -> None:
    network, photos = small_cnn(), random_photos(1)
    before = torch.random.get_rng_state()
    one, same, other = (invert(network, photos, layers="conv1", steps=5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert one == same
    assert not torch.equal(one.pictures, other.pictures)


def test_a_strong_total_variation_leaves_less_of_it_and_a_strong_alpha_norm_less_contrast() -> None:
    network, photos = small_cnn(), random_photos(1)
    plain, smooth, faint = (
        invert(network, photos, layers="conv1", prior=prior, tv=10.0, alpha=10.0, steps=30).pictures
        for prior in ("none", "tv1", "alpha")
    )

    def varies(images: Tensor) -> float:
        return float(images.diff(dim=-1).abs().mean())

    assert varies(smooth) < 0.3 * varies(plain)
    assert float((faint - 0.45).abs().max()) < 0.7 * float((plain - 0.45).abs().max())


def test_no_weight_is_no_prior() -> None:
    network, photos = small_cnn(), random_photos(1)
    found = invert(network, photos, layers="conv2", prior="none,tv2,both", tv=0.0, alpha=0.0, steps=5)
    # Nothing is added to the slope, but it may come in another order in memory.
    torch.testing.assert_close(found.pictures[1], found.pictures[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(found.pictures[2], found.pictures[0], rtol=0, atol=1e-6)


def test_the_weight_of_the_total_variation_grows_a_hundredfold_from_the_first_layer_to_the_last() -> None:
    network = small_cnn()
    names = list(network.layers)
    weights = [_weight(network, name) for name in names]
    assert (weights[0], weights[-1]) == (pytest.approx(0.001), pytest.approx(0.1))
    assert weights == sorted(weights)
    photos = random_photos(1)
    named = invert(network, photos, layers=names[-1], prior="tv2", steps=5)
    given = invert(network, photos, layers=names[-1], prior="tv2", steps=5, tv=weights[-1])
    assert torch.equal(named.pictures, given.pictures)


def test_more_steps_never_end_further_from_the_code() -> None:
    network, photos = small_cnn(), random_photos(1)
    errors = [
        float(invert(network, photos, layers="conv2", prior="none", steps=steps).code_error)
        for steps in range(0, 36, 5)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.parametrize("layer", ["patch", "mix", "head"])
def test_codes_that_are_maps_tokens_or_vectors_are_met(layer: str) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(Tokens().eval(), size=(40, 56), name="tokens")
    found = invert(network, random_photos(1), layers=layer, prior="none", steps=60)
    assert float(found.code_error) < 0.05


def test_a_network_of_one_channel_a_frozen_one_and_a_caller_without_gradients_get_the_same() -> None:
    network, photos = small_cnn(channels=1), random_photos(2, channels=1)
    for weight in network.module.parameters():
        weight.requires_grad = False
    before = snapshot(network)
    found = invert(network, photos, layers="conv1", steps=5)
    with torch.no_grad():
        assert invert(network, photos, layers="conv1", steps=5) == found
    with torch.inference_mode():
        assert invert(network, photos.clone(), layers="conv1", steps=5) == found
    assert_same(before, snapshot(network))
    assert found.pictures.shape == photos.shape


def test_nothing_is_left_on_the_network_and_the_photos_stay() -> None:
    network, photos = small_cnn(), random_photos(1)
    before, kept = snapshot(network), photos.clone()
    network.module.train()
    network.module.eval()
    invert(network, photos, steps=2)
    assert_same(before, snapshot(network))
    assert torch.equal(photos, kept)


def test_stopped_on_the_way_it_keeps_the_layers_it_has_come_to() -> None:
    network, photos = small_cnn(), random_photos(2)
    steps: list[Step] = []

    def watch(step: Step) -> bool:
        steps.append(step)
        return len(steps) == 7

    found = run(invert.job(network, photos, layers="head,conv1,conv2", steps=5), watch)
    assert found.layers == ("head", "conv1") * 2
    assert found.of == (0, 0, 1, 1)
    assert found.settings["layers"] == ["head", "conv1", "conv2"]
    assert found.trace.isnan().sum(1).tolist() == [0, 3, 0, 3]
    shares = [step.done / step.total for step in steps]
    assert shares == sorted(shares) and shares[-1] == pytest.approx((5 + 2) / 15, abs=0.01)
    peeked = steps[-1].peek
    assert peeked is not None
    images = peeked().images
    assert images.shape == (6, 3, 40, 56)
    # What was not come to is blank: the mean colour.
    torch.testing.assert_close(images[2], torch.full((3, 40, 56), 0.45))


def test_the_steps_say_the_error_in_the_code() -> None:
    def watched() -> Iterator[float]:
        for step in invert.job(small_cnn(), random_photos(1), layers="conv2", steps=40):
            yield step.values["code"]

    errors = list(watched())
    assert errors[-1] < 0.5 * errors[0]


def test_a_code_of_zeros_and_a_flat_photo_give_numbers() -> None:
    network = small_cnn()
    network.module.conv2.weight.data.zero_()
    network.module.conv2.bias.data.fill_(-1)
    flat = torch.full((1, 3, 40, 56), 0.45)
    found = invert(network, flat, layers="relu#2", prior="tv1,both", steps=3)
    assert found.pictures.isfinite().all() and found.code_error.isfinite().all() and found.pixel_error.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"prior": "tv3"}, "'tv3'"),
        ({"prior": " , "}, "none | tv1 | tv2 | alpha | both"),
        ({"layers": "conv9"}, "closest: conv"),
        ({"starts": 0}, "starts is 0; it takes 1 or more"),
        ({"steps": -1}, "steps is -1; it takes 0 or more"),
        ({"tv": -0.5}, "tv is -0.5; it takes 0 or more"),
        ({"alpha": float("nan")}, "alpha is nan; it takes 0 or more"),
        ({"batch": 0}, "batch is 0; it takes 1 or more"),
        ({"canvas": "phase"}, "'phase' does not fit; it takes fourier | pixels"),
    ],
)
def test_bad_input_gets_one_clear_line(settings: dict[str, object], says: str) -> None:
    with pytest.raises(UserError) as refused:
        invert(small_cnn(), random_photos(1), **settings)
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_photos_of_another_size_are_refused() -> None:
    with pytest.raises(UserError, match="images is 20 x 28; small-cnn takes 40 x 56"):
        invert(small_cnn(), random_photos(1, size=(20, 28)))


def test_the_bundled_network_keeps_the_photo_early_and_loses_it_late() -> None:
    network = seethrough.load(device="cpu")
    photos = network.frame([seethrough.photo("cat")])
    found = invert(network, photos, layers="bn1,blocks.5.0", steps=30)
    assert float(found.pixel_error[0]) < 0.3 < float(found.pixel_error[1])
    assert float(found.code_error.max()) < 0.5
    assert all(guess.label in ("tiger cat", "Egyptian cat", "tabby") for guess in found.guesses)
