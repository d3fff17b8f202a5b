"""Files that are there whole or not at all: written beside their place, then moved into it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seethrough.errors import UserError

PICTURES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".pdf": "pdf", ".svg": "svg"}
"""The endings a figure is saved under, and the format each stands for."""
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""The endings an image is saved under."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends well, and is removed when it does not.

    The temporary file lies in the same folder (a move across disks is not one step), is hidden, and has the same
    suffix (many writers choose the format by it). Folders that are missing are made, and unmade after a failure.

    >>> with replacing("out/notes.txt") as temporary: temporary.write_text("all of it")
    9
    """
    with _refusals(path):
        # A link stays a link: what it points to is replaced.
        target = Path(path).resolve()
        # Moving a file onto /dev/null would remove the device.
        if target.exists() and not target.is_file():
            what = "a folder" if target.is_dir() else "not a regular file"
            raise UserError(f"path {str(path)!r} is {what}; right would be the name of a file")
        made = [folder for folder in target.parents if not folder.exists()]
        temporary = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
    try:
        with _refusals(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.touch(exist_ok=False)
        yield temporary
        with _refusals(path):
            temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def _refusals(path: str | Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except FileExistsError as refused:
        raise UserError(f"path {str(path)!r} cannot be written: a file stands where its folder would be") from refused
    except (OSError, RuntimeError, ValueError) as refused:  # no right; links in a ring; a null byte
        reason = (isinstance(refused, OSError) and refused.strerror) or refused
        raise UserError(f"path {str(path)!r} cannot be written: {reason}") from refused
