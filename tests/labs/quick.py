"""A lab made once in quick mode, on what is bundled alone."""

import json
from typing import Any

import pytest

from seethrough.labs.desk import Desk
from seethrough.labs.document import Document
from seethrough.labs.produce import produce
from seethrough.networks.network import Network


def quick_results(document: Document, network: Network, places: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the numbers of a quick run without any data; the page has to stay small."""
    empty, out = places.mktemp("data"), places.mktemp("lab")
    desk = Desk(network, out / ".kept", quick=True, data=empty)
    produce(document, desk, out, command=f"seethrough lab {document.name} --quick")
    assert (out / "index.html").stat().st_size < 15_000_000
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found
