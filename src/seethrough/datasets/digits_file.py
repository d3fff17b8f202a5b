"""Where scikit-learn keeps the digits it comes with, found without importing it."""

import importlib.util
from pathlib import Path

from seethrough.errors import UserError


def digits_file() -> Path:
    """Return the file of the 1,797 digits that are bundled with scikit-learn.

    >>> digits_file().name
    'digits.csv.gz'
    """
    found = importlib.util.find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or []:
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            return path
    raise UserError("data 'digits' comes with scikit-learn, which lacks it here; bring it: pip install scikit-learn")
