from typing import Any

import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.changes import CHANGES, changes_for, cropped
from seethrough.jobs import run
from seethrough.networks.frame import Box
from tests.nets import linear_network, random_photos, small_cnn


@pytest.mark.parametrize("channels", [1, 3])
def test_every_guess_is_the_networks_own_of_the_changed_pixels(channels: int) -> None:
    network, images = small_cnn(channels), random_photos(3, channels)
    found = fool.survival(network, images)
    ways = changes_for(channels)
    assert found.changes == tuple(ways) and found.images.shape == (3, len(ways), channels, 40, 56)
    assert ("grey" in found.changes) == (channels == 3)
    for way, change in enumerate(ways.values()):
        torch.testing.assert_close(found.images[:, way], change(images))
        best = network(found.images[:, way]).softmax(1).max(1)
        assert [row[way].index for row in found.guesses] == best.indices.tolist()
        assert [row[way].probability for row in found.guesses] == pytest.approx(best.values.tolist(), abs=1e-5)


def test_an_image_lasts_while_it_is_misread() -> None:
    network, weights, bias = linear_network(channels=3)
    images = random_photos(4)
    classes = network(images).argmax(1).tolist()
    classes[2:] = [(index + 1) % 5 for index in classes[2:]]
    found = fool.survival(network, images, classes)
    for way, change in enumerate(CHANGES.values()):
        read = (torch.einsum("bchw,kchw->bk", change(images), weights) + bias).argmax(1)
        assert found.lasts[:, way].tolist() == (read != torch.tensor(classes)).tolist()
    assert found.shows == tuple(f"class {index}" for index in classes)
    assert found.misleads.tolist() == [False, False, True, True]
    assert found.settings["classes"] == classes
    # Some changes must mislead by themselves, and some images must be read rightly when changed.
    assert found.lasts[:2, 1:].any() and not found.lasts[:2, 1:].all()


def test_where_nothing_is_known_it_lasts_while_it_is_read_as_before() -> None:
    network, images = linear_network()[0], random_photos(4)
    found = fool.survival(network, images)
    assert found.lasts[:, 0].all() and found.shows == () and not found.lasts.all()
    assert torch.equal(found.lasts, found.same)


def test_what_is_known_of_one_image_is_not_said_of_another() -> None:
    network, images = small_cnn(), random_photos(3)
    mixed = fool.survival(network, images, [None, 2, None])
    before, true = fool.survival(network, images), fool.survival(network, images, 2)
    assert torch.equal(mixed.lasts, torch.stack([before.lasts[0], true.lasts[1], before.lasts[2]]))
    assert mixed.shows == ("", "class 2", "") and mixed.settings["classes"] == [None, 2, None]
    assert fool.survival(network, images, [None] * 3) == before
    assert "image 1: class" in mixed.line() and "still read as before after" in mixed.line()


def test_of_an_attack_the_originals_say_what_the_photos_show() -> None:
    network, images = small_cnn(), random_photos(3)
    fooled = fool.pgd(network, images, eps="8/255", steps=5)
    found = fool.survival(network, fooled)
    true = [guess.index for guess in fooled.before]
    assert found.settings["classes"] == true
    assert found == fool.survival(network, fooled.images, true)
    assert found.misleads.tolist() == fooled.success.tolist()
    assert fool.survival(network, fooled, 4).settings["classes"] == [4, 4, 4]


def test_the_box_says_what_is_cropped() -> None:
    network, images, box = small_cnn(), random_photos(2), Box(5, 10, 25, 40)
    way = list(CHANGES).index("crop 80 %")
    whole, boxed = fool.survival(network, images), fool.survival(network, images, box=box)
    torch.testing.assert_close(boxed.images[:, way], cropped(images, [box, box]))
    assert boxed.settings["box"] == [[5, 10, 25, 40]] * 2 and whole.settings["box"] is None
    others = [place for place in range(len(CHANGES)) if place != way]
    assert torch.equal(boxed.images[:, others], whole.images[:, others])
    each = fool.survival(network, images, box=[box, Box(0, 0, 40, 56)], batch=1)
    torch.testing.assert_close(each.images[:, way], torch.stack([boxed.images[0, way], whole.images[1, way]]))


def test_passes_of_any_size_say_the_same_and_a_stop_keeps_the_images_done() -> None:
    network, images = small_cnn(), random_photos(5)
    whole = fool.survival(network, images, 2, batch=5)
    apart = fool.survival(network, images, 2, batch=2)
    assert torch.equal(apart.lasts, whole.lasts)
    torch.testing.assert_close(apart.images, whole.images)
    seen: list[tuple[int, int]] = []
    part = run(
        fool.survival.job(network, images, 2, batch=2),
        lambda step: seen.append((step.done, step.total)) or step.done == 4,
    )
    assert seen == [(2, 5), (4, 5)]
    assert len(part) == 4 and torch.equal(part.lasts, whole.lasts[:4])


def test_it_works_for_callers_without_gradients_frozen_and_in_double_precision() -> None:
    network, images = small_cnn(), random_photos(2)
    expected = fool.survival(network, images)
    for weight in network.module.parameters():
        weight.requires_grad = False
    random_state = torch.get_rng_state()
    with torch.inference_mode():
        assert fool.survival(network, images.clone()) == expected
    with torch.no_grad():
        assert fool.survival(network, images) == expected
    assert torch.equal(torch.get_rng_state(), random_state)
    network.module.double()
    precise = fool.survival(network, images)
    assert precise.images.dtype == torch.float64
    torch.testing.assert_close(precise.images.float(), expected.images, atol=1 / 128, rtol=0)
    # A hair outside the range is rounding.
    assert len(fool.survival(small_cnn(), images.clamp_min(0.1) * 0 - 5e-5)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": Box(0, 0, 41, 56)}, "it takes a part of the 40 x 56 pixels that the network sees"),
        ({"box": Box(5, 5, 5, 9)}, "it takes a part of the 40 x 56 pixels"),
        ({"box": [Box(0, 0, 5, 5)] * 3}, "box: 3 given for 2 images; give one, or one for each image"),
        ({"classes": [1, 2, 3]}, "classes: 3 given for 2 images"),
        ({"classes": "class 7"}, "class 'class 7' is not known"),
        ({"batch": 0}, "batch is 0; it takes 1 or more"),
        ({"images": random_photos(2) * 255}, "pixels are in [0, 1]"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    named: dict[str, Any] = {"images": random_photos(2), **changes}
    with pytest.raises(UserError) as caught:
        fool.survival(small_cnn(), **named)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_real_picture_that_was_settled_on_8_bits_lasts_as_a_file() -> None:
    network = seethrough.load()
    pixels = network.frame(seethrough.photo("coffee"))
    fooled = fool.pgd(network, pixels, to="goldfish", eps="4/255", steps=10, eight_bit=True)
    found = fool.survival(network, fooled)
    as_is, file = found.guesses[0][0], found.guesses[0][-1]
    assert found.changes[-1] == "8-bit PNG" and as_is.label == "goldfish"
    assert file == as_is and torch.equal(found.images[0, 0], found.images[0, -1])
    assert found.shows == ("espresso",)
