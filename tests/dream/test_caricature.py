import pytest
import torch
from torch import nn

import seethrough
from seethrough.dream.caricature import caricature
from seethrough.dream.strip import stages
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot


def doubled() -> Network:
    return Network(small_cnn().module.double(), size=(40, 56), mean=0.45, std=0.25, name="small-cnn")


def test_it_begins_as_the_photo_which_has_its_own_features_once() -> None:
    photos = random_photos(2)
    found = caricature(small_cnn(), photos, layers="conv1,head", steps=0)
    assert found.wishes == ("conv1", "head") * 2
    torch.testing.assert_close(found.images, photos.repeat_interleave(2, dim=0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.starts, photos.repeat_interleave(2, dim=0))
    torch.testing.assert_close(found.reached, torch.ones(4), atol=1e-3, rtol=0)


def test_what_is_reached_is_recomputed_from_the_images_and_more_than_the_photo_has() -> None:
    network, photos = small_cnn(), random_photos(2)
    found = caricature(network, photos, layers="conv1,relu#2,head", steps=20, noise=0.0, tv=0.0, alpha=0.0)
    for place, image in enumerate(found.images):
        layer = found.wishes[place]
        phi, own = (network.read(one[None], layer)[layer].double().flatten() for one in (image, photos[place // 3]))
        assert float(found.reached[place]) == pytest.approx(float(phi @ own / (own @ own)), rel=1e-4)
    assert float(found.reached.min()) > 1.05


def test_of_a_layer_that_gives_the_pixels_as_they_are_it_makes_bright_pixels_brighter() -> None:
    eye = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(40 * 56, 3))
    photos = random_photos(1, channels=1)
    found = caricature(
        Network(eye, size=(40, 56), channels=1, mean=[0.5]), photos, layers="0", steps=30, tv=0.0, alpha=0.0, noise=0.0
    )
    # The slope is the photo about 0.5: each pixel goes on to its own side, as far as Adam's steps of its waves allow.
    went, was = (found.images - photos).flatten(), (photos - 0.5).flatten()
    assert float(torch.corrcoef(torch.stack([went, was]))[0, 1]) > 0.5


def test_in_double_precision_a_photo_alone_and_in_a_batch_becomes_the_same() -> None:
    photos = random_photos(3).double()
    many = caricature(doubled(), photos, layers="conv1,conv2", steps=6)
    alone = caricature(doubled(), photos[:1], layers="conv1,conv2", steps=6)
    torch.testing.assert_close(many.images[:2], alone.images, rtol=0, atol=1e-10)
    # Each photo has its own noise, in whichever pass it is.
    small = caricature(doubled(), photos, layers="conv1,conv2", steps=6, batch=2)
    torch.testing.assert_close(many.images, small.images, rtol=0, atol=1e-10)


def test_the_same_seed_gives_the_same_another_seed_another_and_nothing_is_left_behind() -> None:
    network, photos = small_cnn(channels=1), random_photos(1, channels=1)
    before, random, kept = snapshot(network), torch.random.get_rng_state(), photos.clone()
    one, same, other = (caricature(network, photos, layers="conv2", steps=4, seed=seed) for seed in (1, 1, 2))
    with torch.inference_mode():
        assert caricature(network, photos.clone(), layers="conv2", steps=4, seed=1) == one
    assert one == same
    assert not torch.equal(one.images, other.images)
    assert torch.equal(torch.random.get_rng_state(), random)
    assert torch.equal(photos, kept)
    assert_same(before, snapshot(network))


def test_the_default_layers_are_stages_on_the_way() -> None:
    network = small_cnn()
    found = caricature(network, random_photos(1), steps=0)
    assert set(found.wishes) <= set(stages(network))
    assert found.settings["layers"] == list(found.wishes)


def test_a_strong_total_variation_smooths_the_photo() -> None:
    network, photos = small_cnn(), random_photos(1)
    rough, smooth = (caricature(network, photos, layers="conv1", steps=60, noise=0.0, tv=tv) for tv in (0.0, 10.0))
    assert float(smooth.images.diff(dim=-1).abs().mean()) < 0.7 * float(rough.images.diff(dim=-1).abs().mean())


def test_stopped_on_the_way_it_keeps_the_layers_it_has_come_to() -> None:
    steps: list[Step] = []

    def watch(step: Step) -> bool:
        steps.append(step)
        return len(steps) == 5

    found = run(caricature.job(small_cnn(), random_photos(2), layers="conv1,conv2,head", steps=3), watch)
    assert found.wishes == ("conv1", "conv2") * 2
    assert found.trace.isnan().sum(1).tolist() == [0, 1, 0, 1]
    assert found.starts is not None and torch.equal(found.starts, random_photos(2).repeat_interleave(2, dim=0))
    peek = steps[0].peek
    assert peek is not None
    # What was not come to is still the photo.
    assert torch.equal(peek().images[1], random_photos(2)[0])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"layers": ""}, "layers is empty"),
        ({"rate": -1.0}, "rate is -1.0; it takes 0 or more"),
        ({"noise": -1.0}, "noise is -1.0; it takes 0 or more"),
        ({"tv": float("nan")}, "tv is nan; it takes 0 or more"),
        ({"alpha": -2.0}, "alpha is -2.0; it takes 0 or more"),
        ({"steps": -2}, "steps is -2; it takes 0 or more"),
        ({"batch": 0}, "batch is 0; it takes 1 or more"),
    ],
)
def test_bad_input_gets_one_clear_line(settings: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        caricature(small_cnn(), random_photos(1), **settings)


def test_the_bundled_network_exaggerates_the_cat_and_leaves_it_there() -> None:
    network = seethrough.load(device="cpu")
    photos = network.frame([seethrough.photo("cat")])
    found = caricature(network, photos, layers="blocks.2.1", steps=25)
    assert float(found.reached) > 1.1
    both = torch.stack([found.images.flatten(), photos.flatten()])
    assert float(torch.corrcoef(both)[0, 1]) > 0.8
