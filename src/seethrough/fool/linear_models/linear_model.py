"""Whatever is linear, read as weights and biases."""

from typing import Any, TypeAlias

from seethrough.errors import UserError
from seethrough.fool.linear_models.affine import Affine, of_numbers
from seethrough.fool.linear_models.estimator import of_estimator
from seethrough.fool.linear_models.linear_network import of_network
from seethrough.networks.network import Network

LinearModel: TypeAlias = Any
"""A Network that is linear, a fitted estimator in the manner of scikit-learn, or a pair of weights and biases."""


def linear_model(model: LinearModel) -> Affine:
    """Read a linear network, a fitted estimator, or plain numbers `(weights, bias)`.

    >>> linear_model(([1.0, -1.0], 0.5)).weights
    tensor([[ 0.,  0.],
            [ 1., -1.]], dtype=torch.float64)
    """
    if isinstance(model, Network):
        return of_network(model)
    if isinstance(model, tuple | list):
        if len(model) != 2:
            raise UserError(f"model has {len(model)} parts; plain numbers are given as (weights, bias)")
        return of_numbers(*model)
    return of_estimator(model)
