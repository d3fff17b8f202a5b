import pytest
import torch

from seethrough.ascent.spectrum import fall
from seethrough.dream.outcome import guesses, outcome
from seethrough.dream.paint import photographs
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn


def named(count: int) -> dict:  # type: ignore[type-arg]
    return {"reached": torch.zeros(count), "trace": torch.zeros(count, 2), "settings": {"steps": 2}}


def test_what_is_said_is_measured_on_the_images_returned() -> None:
    network, images = small_cnn(), random_photos(3)
    found = outcome("class_", network, images, ["a", "b", "c"], **named(3))
    assert found.method == "dream.class_" and found.network == "small-cnn" and found.wishes == ("a", "b", "c")
    scores = network(images).detach().softmax(1)
    assert [guess.index for guess in found.guesses] == scores.argmax(1).tolist()
    torch.testing.assert_close(found.falls, fall(images))
    natural = fall(photographs(network))
    assert found.natural_falls == pytest.approx((float(natural.min()), float(natural.max())))
    # Noise has no slow waves to speak of; photographs do.
    assert float(found.falls.max()) < 0.3 < 0.8 < found.natural_falls[0]


def test_images_too_small_for_a_spectrum_have_none() -> None:
    network = small_cnn(size=(6, 9))
    found = outcome("class_", network, random_photos(1, size=(6, 9)), ["a"], **named(1))
    assert found.falls is None and found.natural_falls is None
    assert "1/f" not in found.line()


def test_images_of_another_size_are_read_as_the_network_would_frame_them() -> None:
    network, large = small_cnn(), random_photos(2, size=(80, 112))
    expected = network.classify(network.frame(large), top=1)
    assert guesses(network, large) == tuple(row[0] for row in expected.rows)
    assert len(guesses(network, random_photos(12))) == 12


def test_nothing_hangs_on_a_graph_and_low_precision_becomes_single() -> None:
    network = small_cnn()
    images = random_photos(2).requires_grad_()
    low = torch.ones(2, dtype=torch.bfloat16)
    found = outcome(
        "unit",
        network,
        images,
        ["a", "b"],
        reached=low,
        trace=low[:, None],
        wanted=low,
        probabilities=low,
        starts=images.bfloat16(),
        settings={},
    )
    for name in ("images", "reached", "trace", "wanted", "probabilities", "starts", "falls"):
        value = getattr(found, name)
        assert value.dtype == torch.float32 and not value.requires_grad, name


def test_a_network_of_one_layer_of_numbers_is_read_too() -> None:
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(100, 2))
    network = Network(module, size=10, channels=1, name="tiny")
    assert len(outcome("unit", network, random_photos(1, 1, size=(10, 10)), ["0:1"], **named(1)).guesses) == 1
