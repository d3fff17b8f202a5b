from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC

from seethrough.errors import UserError
from seethrough.fool.linear_models.estimator import of_estimator

DIGITS, DIGIT = load_digits(return_X_y=True)
FEW, LABELS = DIGITS[:300], DIGIT[:300]


def assert_reads(model: Any, samples: Any) -> None:
    known = of_estimator(model)
    expected = model.decision_function(samples)
    np.testing.assert_allclose(known.scores(torch.from_numpy(samples)).numpy(), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(max_iter=300),
        LogisticRegression(fit_intercept=False, max_iter=300),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(MinMaxScaler(), "passthrough", LogisticRegression()),
        make_pipeline(StandardScaler(with_mean=False), MaxAbsScaler(), LogisticRegression()),
        make_pipeline(PCA(10), LogisticRegression(max_iter=500)),
    ],
)
def test_what_comes_before_is_folded_into_the_weights(model: Any) -> None:
    assert_reads(model.fit(FEW, LABELS), DIGITS[300:320])


def test_pixels_that_never_changed_keep_a_weight_of_zero() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(FEW, LABELS)
    dead = FEW.std(0) == 0
    assert dead.sum() >= 3
    assert not of_estimator(model).weights[:, dead].any()


def test_sparse_weights_and_a_search_are_read_too() -> None:
    assert_reads(SGDClassifier(random_state=0).fit(FEW, LABELS).sparsify(), FEW[:5])
    search = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1]}, cv=2).fit(FEW, LABELS)
    assert_reads(search, FEW[:5])


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (SVC(kernel="rbf"), "has no weights of classes"),
        (SVC(kernel="linear"), "45 rows of weights for 10 classes"),
        (RandomForestClassifier(3), "has no weights of classes"),
        (LinearRegression(), "has no weights of classes"),
        (make_pipeline(PolynomialFeatures(include_bias=False), LogisticRegression(max_iter=50)), "not linear"),
        (make_pipeline(MinMaxScaler(clip=True), LogisticRegression()), "not linear"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_not_linear_is_refused_in_one_line(model: Any, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        of_estimator(model.fit(FEW, LABELS))
    assert "\n" not in str(caught.value) and type(model).__name__ in str(caught.value)


def test_three_classes_of_a_kernel_machine_are_not_taken_for_linear_scores() -> None:
    # Its three rows are of pairs of classes: as many as there are classes, and something else.
    few = LABELS < 3
    with pytest.raises(UserError, match="not linear"):
        of_estimator(SVC(kernel="linear").fit(FEW[few], LABELS[few]))
