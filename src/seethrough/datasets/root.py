"""Where data sets lie on this machine."""

import os
from pathlib import Path

VARIABLE = "SEETHROUGH_DATA"


def data_root(root: str | Path | None = None) -> Path:
    """Return the folder data sets are kept in: the one given, else SEETHROUGH_DATA, else where torchvision keeps them.

    >>> data_root("~/data")
    PosixPath('/home/me/data')
    """
    if root is not None:
        return Path(root).expanduser()
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).expanduser()
    # As torch.hub finds it, which would have to import torch to be asked.
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser() / "datasets" / "vision"
