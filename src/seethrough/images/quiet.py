"""Pillow and libtiff kept from talking, and from letting half a picture pass for a whole one."""

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile

_LOCK = threading.RLock()


@contextmanager
def quiet(max_pixels: int) -> Iterator[None]:
    """Hide what Pillow says about odd files, make it raise on huge and on cut ones, and put its settings back.

    Warning filters and Pillow's settings belong to the whole process, so one thread at a time is in here.
    """
    log = logging.getLogger("PIL.TiffImagePlugin")
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        before = log.disabled, ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
        log.disabled, ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = True, False, max_pixels
        try:
            yield
        finally:
            log.disabled, ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = before


@contextmanager
def no_stderr() -> Iterator[None]:
    """Send the process's standard error nowhere: libtiff writes there from C, past Python."""
    try:
        kept = os.dup(2)
    except OSError:  # a service without standard error
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
