"""Linear classifiers on features: softmax regression and the linear support vector machine, with one measure of penalty."""

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from seethrough.errors import require

MOST = 1000
"""Steps of L-BFGS at most."""
ENOUGH = 1e-6
"""It ends when no slope is larger than this."""


def softmax_regression(
    rows: Tensor, labels: Tensor, classes: int, strength: float, start: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Return weights [K, D] and bias [K] with the least mean cross-entropy + strength / 2 |weights|², found by L-BFGS.

    The bias is not penalised. scikit-learn calls 1 / (strength N) C.

    >>> weights, bias = softmax_regression(torch.eye(3), torch.arange(3), 3, 1e-3)
    >>> (weights + bias[:, None]).argmax(0)
    tensor([0, 1, 2])
    """
    # About their mean the rows are better to work with, and the bias takes up the difference.
    mean = rows.double().mean(0)
    centred = rows.double() - mean
    shape = (classes, rows.shape[1] + 1)

    def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        both = torch.from_numpy(flat).view(shape)
        weights, bias = both[:, :-1], both[:, -1]
        logs = (centred @ weights.T + bias).log_softmax(1)
        own = labels[:, None]
        value = -logs.gather(1, own).mean() + strength / 2 * weights.square().sum()
        pull = logs.exp()
        pull.scatter_add_(1, own, torch.full_like(own, -1, dtype=pull.dtype))
        pull /= len(labels)
        slope = torch.cat([pull.T @ centred + strength * weights, pull.sum(0)[:, None]], 1)
        return float(value), slope.flatten().numpy()

    first = torch.zeros(shape, dtype=torch.float64)
    if start is not None:
        first = torch.cat([start[0], (start[1] + start[0] @ mean)[:, None]], 1)
    with torch.inference_mode(False), torch.no_grad():
        options = {"maxiter": MOST, "maxfun": 2 * MOST, "gtol": ENOUGH, "ftol": 0.0, "maxcor": 20}
        found = minimize(cost, first.flatten().numpy(), jac=True, method="L-BFGS-B", options=options)
        both = torch.from_numpy(np.asarray(found.x)).view(shape)
        weights, bias = both[:, :-1].clone(), both[:, -1]
        return weights, bias - weights @ mean


def linear_svm(
    rows: Tensor, labels: Tensor, classes: int, strength: float, start: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Return weights [K, D] and bias [K] of a linear support vector machine, each class against all others (liblinear).

    Mean squared hinge loss + strength / 2 (|weights|² + bias²): scikit-learn's LinearSVC with C = 1 / (strength N). `start` is
    of no use to it.
    """
    svm = require("sklearn.svm", "study")
    model = svm.LinearSVC(C=1 / (strength * len(labels)), random_state=0, max_iter=10_000)
    with warnings.catch_warnings():
        # A weak penalty on classes that overlap takes long; where it stands then is what the validation judges.
        warnings.simplefilter("ignore")
        model.fit(rows.double().numpy(), labels.numpy())
    weights, bias = torch.from_numpy(model.coef_), torch.from_numpy(np.atleast_1d(model.intercept_))
    if classes == 2:
        # One machine tells two classes apart.
        return torch.cat([-weights, weights]), torch.cat([-bias, bias])
    return weights, bias
