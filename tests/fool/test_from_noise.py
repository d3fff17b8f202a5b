import pytest
import torch

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.from_noise import GREY, wanted
from tests.fool.calls import straight_network


def test_it_begins_as_noise_about_128_of_255() -> None:
    network = straight_network(size=(60, 80))
    found = fool.from_noise(network, [0, 1, 2], spread=0.1, steps=0)
    assert torch.equal(found.images, found.originals)
    assert float(found.originals.mean()) == pytest.approx(128 / 255, abs=0.003) and pytest.approx(128 / 255) == GREY
    assert float(found.originals.std()) == pytest.approx(0.1, abs=0.003)
    assert not torch.equal(found.originals[0], found.originals[1])
    assert float(fool.from_noise(network, 0, spread=0.0, steps=0).originals.std()) < 1e-6
    assert not torch.equal(fool.from_noise(network, 0, steps=0, seed=1).originals[0], found.originals[0])


def test_the_network_becomes_sure_of_each_class_and_the_curve_is_its_score() -> None:
    network = straight_network()
    found = fool.from_noise(network, "all", step=0.1, until=0.95)
    assert found.success.all() and (found.goal_after >= 0.95).all()
    assert [guess.index for guess in found.after] == [0, 1, 2, 3, 4]
    for row, trace in enumerate(found.trace):
        curve = trace[~trace.isnan()]
        assert curve[0] == pytest.approx(float(network(found.originals)[row, row]), rel=1e-4)
        assert (curve.diff() > 0).all() and len(curve) == found.steps[row]


def test_classes_are_named_in_any_way() -> None:
    network = straight_network()
    for said in (3, "class 3", [3], torch.tensor([3]), "3"):
        assert wanted(network, said) == [3]
    assert wanted(network, "all") == wanted(network, ["all"]) == [0, 1, 2, 3, 4]
    assert wanted(network, [1, "class 4"]) == [1, 4]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"classes": []}, "classes is empty; name a class, or all"),
        ({"classes": "dog"}, "dog"),
        ({"spread": -0.1}, "spread is -0.1"),
        ({"step": 0.0}, "step is 0.0"),
        ({"loss": "odds"}, "loss is 'odds'"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.from_noise(straight_network(), **({"classes": 0} | settings))  # type: ignore[arg-type]


def test_a_real_network_sees_a_goldfish_in_noise() -> None:
    found = fool.from_noise(seethrough.load(), "goldfish", step=1.0, steps=15, until="top")
    assert found.success.all() and found.after[0].label == "goldfish" and found.before[0].label != "goldfish"
