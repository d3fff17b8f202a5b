"""Study: what a network knows, seen across a whole data set."""

from typing import TYPE_CHECKING

from seethrough.study.table import TABLE
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.study.equivariance import equivariance
    from seethrough.study.features import features
    from seethrough.study.finetune import finetune
    from seethrough.study.invariance import invariance
    from seethrough.study.load_features import load_features
    from seethrough.study.map import map
    from seethrough.study.neighbors import neighbors
    from seethrough.study.patches import patches
    from seethrough.study.probe import probe
    from seethrough.study.rank import rank

__all__ = [
    "TABLE",
    "equivariance",
    "features",
    "finetune",
    "invariance",
    "load_features",
    "map",
    "neighbors",
    "patches",
    "probe",
    "rank",
]

# Features on disk are read back from Python alone: no row of the table.
load_lazily(
    __name__,
    {
        **{method.name: method.where for method in TABLE.values()},
        "load_features": "seethrough.study.load_features:load_features",
    },
)
