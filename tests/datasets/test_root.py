import runpy
from pathlib import Path

import pytest
import torchvision._internally_replaced_utils as theirs

from seethrough.datasets.root import data_root


def test_the_one_given_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEETHROUGH_DATA", "/variable")
    assert data_root("/given") == Path("/given")
    assert data_root() == Path("/variable")
    assert data_root("~/data") == Path.home() / "data"


@pytest.mark.parametrize(
    "variables", [{}, {"TORCH_HOME": "/torch"}, {"XDG_CACHE_HOME": "/cache"}, {"TORCH_HOME": "~/t"}]
)
def test_else_it_is_where_torchvision_keeps_them(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEETHROUGH_DATA", "TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(data_root()) == runpy.run_path(theirs.__file__)["_HOME"]
