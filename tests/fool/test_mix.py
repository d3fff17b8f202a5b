import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from tests.nets import linear_network, random_photos, small_cnn


def test_the_mixture_is_the_clipped_sum_and_a_little_less_does_not_do() -> None:
    network = seethrough.load("cifar10-linear")
    pixels = network.frame([seethrough.photo("coffee"), seethrough.photo("cat")])
    found = fool.mix(network, pixels, to=["horse", "truck"])
    assert found.success.all() and [one.label for one in found.after] == ["horse", "truck"]
    assert network(found.images).argmax(1).tolist() == [7, 9]
    shares = found.shares.view(-1, 1, 1, 1)
    torch.testing.assert_close(found.images, (pixels + shares * found.templates).clamp(0, 1).float())
    assert found.templates.abs().amax((1, 2, 3)).tolist() == [1, 1]
    less = fool.mix(network, pixels, to=["horse", "truck"], share=float(found.shares.max()) * 0.999)
    assert not less.success[int(found.shares.argmax())]
    for place in (0, 1):
        mixed = (pixels[place] + 0.9999 * shares[place] * found.templates[place]).clamp(0, 1).float()
        assert int(network(mixed[None]).argmax()) != (7, 9)[place]
    torch.testing.assert_close(found.goal_after, torch.tensor([one.probability for one in found.after]).double())


def test_a_given_share_is_kept_to_and_what_is_there_already_gets_none() -> None:
    network, weights, _ = linear_network()
    images = random_photos(2)
    top = network(images).argmax(1).tolist()
    still = fool.mix(network, images, to=top)
    assert still.shares.tolist() == [0, 0] and torch.equal(still.images, images) and still.success.all()
    given = fool.mix(network, images, to=2, share=0.05)
    assert given.shares.tolist() == [0.05, 0.05]
    assert float(given.linf.max()) == pytest.approx(0.05, rel=1e-5)
    centred = weights[2] - weights.mean(0)
    torch.testing.assert_close(given.templates[0], centred / centred.abs().max(), rtol=1e-4, atol=1e-5)


def test_estimators_of_pictures_with_and_without_probabilities() -> None:
    pixels, digit = load_digits(return_X_y=True)
    pixels = pixels / 16
    images = torch.from_numpy(pixels[:4]).float().view(4, 1, 8, 8)
    for model in (LogisticRegression(max_iter=500), LinearSVC()):
        model.fit(pixels, digit)
        found = fool.mix(model, images, to=8)
        again = model.predict(found.images.flatten(1).double().numpy())
        assert found.success.all() and list(again) == [8] * 4
        without = isinstance(model, LinearSVC)
        assert bool(found.goal_after.isnan().all()) == without
        assert ("%" in found.line()) == (not without) and "not a number" not in found.line()
        assert found.table()[0]["goal_after"] is None if without else found.table()[0]["goal_after"] > 0.1
        np.testing.assert_allclose(found.linf, (found.images - images).abs().amax((1, 2, 3)), rtol=1e-6)


def test_a_class_that_cannot_be_reached_is_said() -> None:
    # Its own template helps a rival more: the rival points the same way, three times as far.
    weights = torch.tensor([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 3.0, 3.0]])
    found = fool.mix((weights, [5.0, 0.0, 0.0]), torch.full((1, 1, 2, 2), 0.5), to=1)
    assert not found.success.any() and "NOT 1" in found.line()


def test_a_mistake_gets_one_line() -> None:
    network, _, _ = linear_network()
    for call, words in (
        (lambda: fool.mix(small_cnn(), random_photos(1), to=1), "not linear in its pixels"),
        (lambda: fool.mix(network, random_photos(1), to=1, share=-0.1), "share is -0.1; it takes 0 or more"),
        (lambda: fool.mix(network, random_photos(1), to=9), "out of range"),
        (lambda: fool.mix(network, random_photos(3), to=[1, 2]), "to: 2 given for 3 samples"),
        (lambda: fool.mix(([1.0] * 4, 0), torch.full((1, 1, 2, 2), 1.5), to=1), "values from 1.5 to 1.5"),
        (lambda: fool.mix(([1.0] * 4, 0), torch.zeros(1, 4), to=1), r"images is \[1, 4\]; it takes \[B, C, H, W\]"),
    ):
        with pytest.raises(UserError, match=words):
            call()
