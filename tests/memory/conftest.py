"""What every test of memory begins with."""

import gc
from collections.abc import Iterator

import pytest

from tests.memory.calls import AT_ONCE, call_of, method_of
from tests.memory.counted import counted


@pytest.fixture(scope="package", autouse=True)
def few_at_once_and_libraries_loaded() -> Iterator[None]:
    """Let few photos through at a time; load what is loaded once, and spare each count from looking through it for tensors."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SEETHROUGH_BATCH", str(AT_ONCE))
        counted(call_of("dream", method_of("dream", "unit")).make)
        gc.collect()
        gc.freeze()
        yield
        gc.unfreeze()
