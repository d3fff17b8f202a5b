"""Train: small networks from scratch, also against attacks, and others from pretrained weights."""

from typing import TYPE_CHECKING

from seethrough.tables import load_lazily
from seethrough.train.table import TABLE

if TYPE_CHECKING:
    from seethrough.train.compare import compare
    from seethrough.train.fit import fit
    from seethrough.train.outcome import network_of

__all__ = ["TABLE", "compare", "fit", "network_of"]

load_lazily(
    __name__,
    {method.name: method.where for method in TABLE.values()} | {"network_of": "seethrough.train.outcome:network_of"},
)
