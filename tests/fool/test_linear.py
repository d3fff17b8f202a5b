from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import linprog, minimize
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC

import seethrough
from seethrough import fool
from seethrough.errors import UserError

X = [2, -1, 3, -2, 2, 2, 1, -4, 5, 1]
W = [-1, -1, 1, -1, 1, -1, 1, 1, -1, 1]
DIGITS, DIGIT = load_digits(return_X_y=True)
TUMOURS, TUMOUR = load_breast_cancer(return_X_y=True)


def many(classes: int, features: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(seed)
    weights = torch.randn(classes, features, generator=stream, dtype=torch.float64)
    bias = torch.randn(classes, generator=stream, dtype=torch.float64)
    return weights, bias, torch.rand(6, features, generator=stream, dtype=torch.float64)


def test_the_lectures_example_comes_out_to_the_last_digit() -> None:
    found = fool.linear((W, 0), X, eps=0.5)
    assert found.scores_before.tolist() == [[-3]] and found.scores_after.tolist() == [[2]]
    assert found.moved.tolist() == [[1.5, -1.5, 3.5, -2.5, 2.5, 1.5, 1.5, -3.5, 4.5, 1.5]]
    assert found.probabilities_before is not None and found.probabilities_after is not None
    assert float(found.probabilities_before[0, 1]) == pytest.approx(0.0474, abs=5e-5)
    assert float(found.probabilities_after[0, 1]) == pytest.approx(0.88, abs=5e-3)
    assert (found.before, found.after, found.goals) == (("0",), ("1",), ("not 0",))
    assert found.success.all() and found.distance.tolist() == [0.5]


@pytest.mark.parametrize(("norm", "distance"), [("linf", 3 / 10), ("l2", 3 / 10**0.5)])
def test_the_least_move_is_the_score_over_the_norm_of_the_weights(norm: Any, distance: float) -> None:
    found = fool.linear((W, 0), X, norm=norm)
    assert float(found.distance) == pytest.approx(distance, rel=1e-11)
    assert found.after == ("1",) and 0 < float(found.scores_after) < 1e-9
    # A hair less does not do.
    assert not fool.linear((W, 0), X, norm=norm, eps=distance * (1 - 1e-9)).success.any()


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(max_iter=2000),
        LinearSVC(),
        RidgeClassifier(),
        SGDClassifier(random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(MinMaxScaler(), LinearSVC()),
    ],
    ids=lambda model: "-".join(type(one).__name__ for one in getattr(model, "named_steps", {"": model}).values()),
)
def test_estimators_are_fooled_by_their_own_word_and_by_no_less(model: Any, norm: Any) -> None:
    model.fit(DIGITS, DIGIT)
    samples = DIGITS[:8]
    found = fool.linear(model, samples, norm=norm)
    assert found.success.all()
    assert list(found.before) == [str(one) for one in model.predict(samples)]
    assert list(found.after) == [str(one) for one in model.predict(found.moved.numpy())]
    assert all(one != other for one, other in zip(found.before, found.after, strict=True))
    short = samples + 0.9999 * (found.moved.numpy() - samples)
    assert list(found.before) == [str(one) for one in model.predict(short)]
    assert (found.probabilities_after is not None) == hasattr(model, "predict_proba")
    if found.probabilities_after is not None:
        np.testing.assert_allclose(found.probabilities_after, model.predict_proba(found.moved.numpy()))


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_two_classes_of_an_estimator_have_one_score(norm: Any) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(TUMOURS, TUMOUR)
    found = fool.linear(model, TUMOURS[:5], norm=norm)
    assert found.scores_before.shape == (5, 1) and found.success.all()
    scale = model[0].scale_
    weights = model[1].coef_[0] / scale
    dual = np.abs(weights).sum() if norm == "linf" else np.linalg.norm(weights)
    wanted = np.abs(model.decision_function(TUMOURS[:5])) / dual
    np.testing.assert_allclose(found.distance, wanted, rtol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_no_boundary_within_bounds_is_nearer_in_linf_by_a_linear_programme(seed: int) -> None:
    weights, bias, samples = many(4, 7, seed)
    found = fool.linear((weights, bias), samples, bounds=(0, 1))
    for place, sample in enumerate(samples.numpy()):
        own = int(found.before[place])
        nearest = np.inf
        for other in set(range(4)) - {own}:
            slope = (weights[other] - weights[own]).numpy()
            lead = float(weights[own] @ samples[place] + bias[own] - weights[other] @ samples[place] - bias[other])
            rows = [np.append(-slope, 0), *np.c_[np.eye(7), -np.ones(7)], *np.c_[-np.eye(7), -np.ones(7)]]
            sides = [(-one, 1 - one) for one in sample] + [(0, None)]
            solved = linprog(np.append(np.zeros(7), 1), A_ub=rows, b_ub=[-lead] + [0] * 14, bounds=sides)
            nearest = min(nearest, solved.fun if solved.status == 0 else np.inf)
        if np.isfinite(nearest):
            assert found.success[place] and float(found.distance[place]) == pytest.approx(nearest, rel=1e-6)
        else:
            assert not found.success[place]
    assert float(found.moved.min()) >= 0 and float(found.moved.max()) <= 1


@pytest.mark.parametrize("bounds", [None, (0, 1)])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_way_to_a_class_crosses_every_boundary_it_takes_and_is_the_shortest(norm: Any, bounds: Any) -> None:
    weights, bias, samples = many(5, 8)
    found = fool.linear((weights, bias), samples, to=3, norm=norm, bounds=bounds)
    checked = 0
    for place, sample in enumerate(samples.numpy()):
        slopes = np.delete((weights[3] - weights).numpy(), 3, axis=0)
        leads = slopes @ sample + np.delete(float(bias[3]) - bias.numpy(), 3)
        walls = bounds or (-50, 50)
        if norm == "l2":
            solved = minimize(
                lambda move: move @ move,
                np.zeros(8),
                jac=lambda move: 2 * move,
                constraints={"type": "ineq", "fun": lambda move, s=slopes, le=leads: s @ move + le},
                bounds=[(walls[0] - one, walls[1] - one) for one in sample],
                options={"ftol": 1e-14, "maxiter": 1000},
            )
            shortest = float(solved.fun) ** 0.5 if solved.success else np.inf
        else:
            # From the other side: a radius is enough when the best of the least lead in it is above 0.
            low, high = 0.0, 20.0
            for _ in range(50):
                radius = (low + high) / 2
                sides = [(max(-radius, walls[0] - one), min(radius, walls[1] - one)) for one in sample]
                best = linprog(
                    np.append(np.zeros(8), -1),
                    A_ub=np.c_[-slopes, np.ones(4)],
                    b_ub=leads,
                    bounds=[*sides, (None, None)],
                )
                low, high = (low, radius) if -best.fun >= 0 else (radius, high)
            shortest = high if high < 19 else np.inf
        assert bool(found.success[place]) == np.isfinite(shortest)
        if found.success[place]:
            checked += 1
            assert found.after[place] == "3"
            assert float(found.distance[place]) == pytest.approx(shortest, rel=1e-4, abs=1e-6)
    assert checked >= 3


def test_a_move_of_a_given_size_has_that_size_and_gains_the_most() -> None:
    weights, bias, samples = many(2, 9)
    sizes = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    for norm in ("linf", "l2"):
        found = fool.linear((weights, bias), samples, eps=sizes, norm=norm)  # type: ignore[arg-type]
        torch.testing.assert_close(found.distance, torch.tensor(sizes, dtype=torch.float64))
        slope = weights[1] - weights[0]
        sign = torch.where(torch.tensor([one == "0" for one in found.before]), 1, -1)
        gained = sign * ((found.moved - samples) @ slope)
        dual = slope.abs().sum() if norm == "linf" else slope.norm()
        torch.testing.assert_close(gained, torch.tensor(sizes, dtype=torch.float64) * dual)
    assert fool.linear((weights, bias), samples, eps="8/255").settings["eps"] == ["8/255"]


def test_what_is_read_as_wanted_already_stays_and_what_cannot_be_is_said() -> None:
    still = fool.linear((W, 0), X, to=0)
    assert still.moved.tolist() == [X] and still.success.all() and float(still.distance) == 0
    assert "still read as 0" in still.line()
    # Within these walls the score is at most -3 + 10 * 0.1.
    stuck = fool.linear(([1.0] * 10, -1.4), [0.0] * 10, bounds=(0, 0.1))
    assert not stuck.success.any() and stuck.moved.tolist() == [[0.1] * 10]
    assert "still read as 0" in stuck.line()
    # No sample is read as a class whose weights are the mean of two others' and whose bias is lower.
    hidden = fool.linear(([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], [0, 0, -1]), [[1.0, 0.0]], to=2)
    assert not hidden.success.any() and "NOT 2" in hidden.line()


def test_labels_are_labels_also_where_they_are_numbers() -> None:
    three_or_seven = np.isin(DIGIT, [3, 7])
    model = LogisticRegression(max_iter=2000).fit(DIGITS[three_or_seven], DIGIT[three_or_seven])
    found = fool.linear(model, DIGITS[three_or_seven][:3], to=[7, 3, 7])
    assert found.after == ("7", "3", "7")
    with pytest.raises(UserError, match="class '1' is not known; there are: 3, 7"):
        fool.linear(model, DIGITS[:1], to=1)


def test_a_linear_network_is_fooled_in_its_own_precision() -> None:
    network = seethrough.load("cifar10-linear")
    pixels = network.frame([seethrough.photo("cat"), seethrough.photo("moped")])
    found = fool.linear(network, pixels, to="horse", bounds=(0, 1))
    assert found.after == ("horse", "horse")
    again = network(found.moved.float().view_as(pixels)).argmax(1)
    assert again.tolist() == [7, 7]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"norm": "l1"}, "norm is 'l1'; it takes linf or l2"),
        ({"x": [1, 2]}, "x has shape [2]; linear classifier takes samples of 10 numbers"),
        ({"x": "abc"}, "x is a str that is not plain numbers"),
        ({"x": [float("nan")] * 10}, "x holds NaN or infinity"),
        ({"bounds": (1, 0)}, "bounds is (1, 0); it takes the lowest and the highest"),
        ({"bounds": (0, 1)}, "x has values from -4 to 5; bounds is (0, 1)"),
        ({"eps": -1}, "eps is -1; it takes 0 or more"),
        ({"to": "2"}, "class '2' is not known; there are: 0, 1"),
        ({"to": [0, 1]}, "to: 2 given for 1 samples"),
        ({"model": ([[1, 2]], [1, 2, 3])}, "weights has shape [1, 2] and bias [3]"),
        ({"model": ([1, 2], 0, 0)}, "model has 3 parts"),
        ({"model": LinearSVC()}, "model is a LinearSVC, which has no weights of classes"),
    ],
)
def test_a_mistake_gets_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        fool.linear(**({"model": (W, 0), "x": X} | given))
    assert words in str(caught.value) and "\n" not in str(caught.value)
