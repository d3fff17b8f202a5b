"""What every test may ask for: the shared test data, where it is there, and small networks."""

import os
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # One worker a core: workers that each use every core wait for one another most of the time.
    os.environ["OMP_NUM_THREADS"] = "1"

# What is measured to be quickest on this machine is another number on the next, and under load.
os.environ.setdefault("SEETHROUGH_BATCH", "5")

BESIDE = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of test data that lies beside the checkout, or skip: a bare machine has none."""
    folder = Path(os.environ.get("SEETHROUGH_SHARED", BESIDE))
    if not (folder / "data").is_dir():
        pytest.skip("needs the shared test data (SEETHROUGH_SHARED, or ../shared beside the checkout)")
    return folder
