import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import seethrough
from seethrough import fool
from seethrough.errors import UserError
from tests.nets import linear_network, small_cnn


def test_the_templates_of_a_linear_network_give_its_scores_back() -> None:
    network, weights, bias = linear_network()
    found = fool.templates(network)
    torch.testing.assert_close(found.weights, weights, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.bias, bias)
    assert found.labels == ("class 0", "class 1", "class 2", "class 3", "class 4")


def test_an_estimators_rows_are_laid_out_as_pictures() -> None:
    pixels, digit = load_digits(return_X_y=True)
    model = LogisticRegression(max_iter=300).fit(pixels[:300], digit[:300])
    found = fool.templates(model, (8, 8), labels=[f"a {one}" for one in range(10)])
    assert found.weights.shape == (10, 1, 8, 8) and found.labels[3] == "a 3"
    np.testing.assert_allclose(found.weights[3, 0, 2], model.coef_[3, 16:24], rtol=1e-6)
    two = LogisticRegression(max_iter=300).fit(pixels[digit < 2], digit[digit < 2])
    assert fool.templates(two, (1, 8, 8)).labels == ("1, not 0",)


def test_the_bundled_linear_network_has_ten() -> None:
    network = seethrough.load("cifar10-linear")
    found = fool.templates(network)
    assert found.line().startswith("10 templates of 3 x 32 x 32 (cifar10-linear): airplane, automobile")
    pixels = network.frame(seethrough.photo("cat"))
    again = (found.weights * pixels).sum((1, 2, 3)) + found.bias
    torch.testing.assert_close(again, network(pixels)[0].detach(), rtol=1e-4, atol=1e-4)
    # The horse looks both ways.
    horse = found.weights[7]
    mirrored = torch.corrcoef(torch.stack([horse.flatten(), horse.flip(2).flatten()]))[0, 1]
    assert float(mirrored) > 0.98


def test_a_mistake_gets_one_line() -> None:
    for model, shape, labels, words in (
        (small_cnn(), None, None, "small-cnn is not linear in its pixels"),
        (([1.0] * 12, 0), None, None, "shape is not given; say how samples of 12 numbers are pictures"),
        (([1.0] * 12, 0), (3, 5), None, r"shape is \(3, 5\); it takes \(H, W\) or \(C, H, W\)"),
        (([1.0] * 12, 0), (2, 2, 3), None, "with 1 or 3 channels"),
        (([1.0] * 12, 0), (3, 4), ["one"], "labels has 1 names; linear classifier has 2 classes"),
    ):
        with pytest.raises(UserError, match=words):
            fool.templates(model, shape, labels)
