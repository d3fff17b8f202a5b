"""Features that were written to a folder, read back."""

from pathlib import Path

from seethrough.errors import UserError
from seethrough.results.features import Features
from seethrough.study.features import FORMAT, features_of
from seethrough.study.shelf import read_index, shards


def load_features(folder: str | Path) -> Features:
    """Return the features in a folder, as far as they came; their numbers stay on disk until they are looked at.

    >>> load_features("pets").values.shape
    torch.Size([921, 1280])
    """
    index = read_index(Path(folder))
    if index.get("format") != FORMAT:
        raise UserError(
            f"folder {str(folder)!r} holds features of format {index.get('format')!r}; this one reads {FORMAT}"
        )
    found = shards(Path(folder))
    if not found:
        raise UserError(f"folder {str(folder)!r} holds no features yet; run study.features with it as out again")
    return features_of(index, found)
