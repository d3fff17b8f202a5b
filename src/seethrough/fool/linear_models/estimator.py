"""A fitted linear classifier in the manner of scikit-learn, read without importing it."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import Affine, Said, among, as_numbers, two_sided

AT_ONCE = 256
"""Features of a pipeline looked at together."""
TRIED = 4
RIGHT = (
    "a fitted LogisticRegression, LinearSVC, SGDClassifier, RidgeClassifier, or a pipeline of scalers and one of them"
)


def of_estimator(model: Any) -> Affine:
    """Read `coef_`, `intercept_` and `classes_`; what a pipeline does to the samples before is folded into the weights.

    Its own `decision_function` is then asked about a few samples: whatever is not linear is found out and refused.
    """
    name = type(model).__name__
    # A search over settings holds the best estimator it found.
    model = getattr(model, "best_estimator_", model)
    steps = [step for _, step in getattr(model, "steps", [("", model)]) if step not in (None, "passthrough")]
    last = steps[-1] if steps else model
    if not all(hasattr(last, one) for one in ("coef_", "intercept_", "classes_", "decision_function", "predict")):
        raise UserError(f"model is a {name}, which has no weights of classes (coef_, classes_); give {RIGHT}")
    classes = tuple(str(label) for label in np.asarray(last.classes_).tolist())
    coefficients = as_numbers(last.coef_, "coef_").reshape(-1, np.shape(last.coef_)[-1])
    # Without an intercept some keep one zero for all classes.
    biases = as_numbers(last.intercept_, "intercept_").reshape(-1)
    if len(coefficients) != (1 if len(classes) == 2 else len(classes)):
        raise UserError(
            f"model is a {name} with {len(coefficients)} rows of weights for {len(classes)} classes; give {RIGHT}"
        )
    if len(steps) > 1:
        coefficients, biases = _folded(steps[:-1], int(model.n_features_in_), coefficients, biases, name)
    weights, bias, binary = two_sided(coefficients, biases)

    def say(samples: Tensor) -> Said:
        given = samples.numpy()
        scores = torch.as_tensor(np.asarray(model.decision_function(given))).double()
        # Some learn probabilities with another loss and do not offer them with this one.
        shares = torch.as_tensor(model.predict_proba(given)).double() if hasattr(model, "predict_proba") else None
        chosen = [classes.index(str(label)) for label in np.asarray(model.predict(given)).tolist()]
        return Said(scores.view(len(samples), -1), shares, torch.tensor(chosen))

    stream = torch.Generator().manual_seed(0)
    tried = 10 * torch.randn(TRIED, weights.shape[1], generator=stream, dtype=torch.float64)
    expected = (tried @ weights.T + bias)[:, 1 if binary else 0 :]
    said = say(tried).scores
    if said.shape != expected.shape or not torch.allclose(
        said, expected, rtol=1e-4, atol=1e-6 * float(said.abs().max())
    ):
        raise UserError(f"model is a {name}, whose scores are not linear in the samples; give {RIGHT}")
    return Affine(name, weights, bias, classes, say, among(classes))


def _folded(steps: list[Any], features: int, weights: Tensor, bias: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Return weights and biases that apply to what goes into the steps, each of which scales, shifts or projects."""

    def through(samples: Tensor) -> Tensor:
        given: Any = samples.numpy()
        for step in steps:
            given = step.transform(given)
        return as_numbers(given, "transform(x)")

    zero = through(torch.zeros(1, features, dtype=torch.float64))
    if zero.shape[1] != weights.shape[1]:
        raise UserError(f"model is a {name} whose steps give {zero.shape[1]} features for {weights.shape[1]} weights")
    unit = torch.eye(min(features, AT_ONCE), dtype=torch.float64)
    columns = []
    for first in range(0, features, AT_ONCE):
        count = min(AT_ONCE, features - first)
        ones = torch.zeros(count, features, dtype=torch.float64)
        ones[:, first : first + count] = unit[:count, :count]
        columns.append((through(ones) - zero) @ weights.T)
    return torch.cat(columns).T.contiguous(), bias + (zero @ weights.T)[0]
