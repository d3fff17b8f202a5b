"""What training asks of a data set."""

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError


def require_classes(data: Dataset, least: int = 2) -> None:
    """Raise unless it is known of every picture what it shows, and so many classes are shown at least.

    >>> require_classes(load("digits"))
    """
    unknown = int((data.labels < 0).sum())
    if unknown:
        right = "a folder of class folders, or an .npz with labels from 0 up"
        raise UserError(
            f"data {data.name!r} does not say what {unknown:,} of its pictures show; right would be {right}"
        )
    shown = sorted(set(data.labels.tolist()))
    if len(shown) < least:
        count = "1 class" if len(shown) == 1 else f"{len(shown)} classes"
        named = ", ".join(data.classes[label] for label in shown)
        raise UserError(f"data {data.name!r} shows {count} only ({named}); right would be {least} or more")
