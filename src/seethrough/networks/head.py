"""The head of a network: the linear layer that gives the scores."""

from seethrough.errors import UserError
from seethrough.networks.network import Network


def last_linear(network: Network) -> str:
    """Return the linear layer that gives the scores, or say that there is none.

    >>> last_linear(load())
    'classifier'
    """
    linear = [layer for layer in network.layers.values() if layer.family == "fully connected"]
    if not linear or linear[-1].units != len(network.labels.names):
        raise UserError(f"{network.name} has no linear layer of its classes at its end")
    return linear[-1].name
