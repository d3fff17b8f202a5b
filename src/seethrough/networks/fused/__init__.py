"""Fused: a convolution, the batch norm after it and the ReLU after that as one operation, there and back."""

from seethrough.networks.fused.chains import Chains, is_watched
from seethrough.networks.fused.learn import Learning
from seethrough.networks.fused.passing import Folded, Fused, Otherwise

__all__ = ["Chains", "Folded", "Fused", "Learning", "Otherwise", "is_watched"]
