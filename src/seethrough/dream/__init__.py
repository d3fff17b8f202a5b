"""Dream: images made by optimisation, to see what a network asks for."""

from typing import TYPE_CHECKING

from seethrough.dream.table import TABLE
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.dream.atlas import atlas
    from seethrough.dream.caricature import caricature
    from seethrough.dream.class_ import class_
    from seethrough.dream.compare import compare
    from seethrough.dream.deepdream import deepdream
    from seethrough.dream.facets import facets
    from seethrough.dream.invert import invert
    from seethrough.dream.style import style
    from seethrough.dream.sweep import sweep
    from seethrough.dream.texture import texture
    from seethrough.dream.unit import unit

__all__ = [
    "TABLE",
    "atlas",
    "caricature",
    "class_",
    "compare",
    "deepdream",
    "facets",
    "invert",
    "style",
    "sweep",
    "texture",
    "unit",
]

load_lazily(__name__, {method.name: method.where for method in TABLE.values()})
