import sys

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from torch import Tensor

from seethrough.errors import UserError
from seethrough.study.linear_classifier import linear_svm, softmax_regression


def groups(classes: int, count: int = 90, wide: int = 6) -> tuple[Tensor, Tensor]:
    """Return rows of classes that overlap, away from zero."""
    stream = torch.Generator().manual_seed(classes)
    labels = torch.arange(count) % classes
    middles = torch.randn(classes, wide, generator=stream)
    return middles[labels] + torch.randn(count, wide, generator=stream) + 3, labels


@pytest.mark.parametrize("strength", [1.0, 1e-2, 1e-4])
def test_softmax_regression_is_scikit_learns(strength: float) -> None:
    rows, labels = groups(4)
    weights, bias = softmax_regression(rows, labels, 4, strength)
    model = LogisticRegression(C=1 / (strength * len(rows)), tol=1e-9, max_iter=20_000).fit(rows.double(), labels)
    np.testing.assert_allclose(weights, model.coef_, rtol=1e-3, atol=1e-4)
    # A number added to all biases changes no probability.
    np.testing.assert_allclose(bias - bias.mean(), model.intercept_ - model.intercept_.mean(), rtol=1e-3, atol=2e-3)


def test_at_the_minimum_no_slope_is_left() -> None:
    rows, labels = groups(3)
    weights, bias = (part.requires_grad_() for part in softmax_regression(rows, labels, 3, 1e-3))
    scores = rows.double() @ weights.T + bias
    cost = torch.nn.functional.cross_entropy(scores, labels) + 1e-3 / 2 * weights.square().sum()
    for slope in torch.autograd.grad(cost, [weights, bias]):
        assert slope.abs().max() < 1e-5


def test_where_it_begins_does_not_matter() -> None:
    rows, labels = groups(3)
    cold = softmax_regression(rows, labels, 3, 1e-2)
    warm = softmax_regression(rows, labels, 3, 1e-2, softmax_regression(rows, labels, 3, 1.0))
    for one, other in zip(cold, warm, strict=True):
        torch.testing.assert_close(one - one.mean(0), other - other.mean(0), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_machine_is_scikit_learns(classes: int) -> None:
    rows, labels = groups(classes)
    weights, bias = linear_svm(rows, labels, classes, 1e-2)
    model = LinearSVC(C=1 / (1e-2 * len(rows)), random_state=0, max_iter=10_000).fit(rows.double(), labels)
    assert weights.shape == (classes, 6) and bias.shape == (classes,)
    assert (rows.double() @ weights.T + bias).argmax(1).tolist() == model.predict(rows.double()).tolist()


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "sklearn":
                raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")

    for name in [one for one in sys.modules if one.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(UserError, match=r"sklearn is not installed; bring it with: pip install 'seethrough\[study\]'"):
        linear_svm(*groups(3), 3, 1.0)


def test_inside_inference_mode_it_works_too() -> None:
    rows, labels = groups(3)
    expected = softmax_regression(rows, labels, 3, 1e-2)
    with torch.inference_mode():
        found = softmax_regression(rows, labels, 3, 1e-2)
    assert torch.equal(found[0], expected[0]) and not found[0].is_inference()
