import pytest

from seethrough.results.kinds import KINDS


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's own kind of result be saved and read."""
    monkeypatch.setitem(KINDS, "Everything", "tests.results.kinds:Everything")
