"""The files MNIST came in: a magic number, the sizes, then bytes; packed with gzip or not."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import UserError

BYTES = 0x08  # the code of unsigned bytes in the magic number


def read_idx(path: Path, sides: int) -> Tensor:
    """Return the uint8 array with so many sides in `path`, or in `path` with .gz after it, or name what is wrong with it.

    >>> read_idx(Path("MNIST/raw/t10k-images-idx3-ubyte"), 3).shape
    torch.Size([10000, 28, 28])
    """
    packed = path.with_name(f"{path.name}.gz")
    if not path.exists():
        return _read(packed, sides)
    try:
        return _read(path, sides)
    except UserError:
        # Killed while it was unpacked: what it was unpacked from may still be whole.
        if not packed.exists():
            raise
        return _read(packed, sides)


def _read(file: Path, sides: int) -> Tensor:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except FileNotFoundError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error) as cut:
        raise _damaged(file, f"it cannot be unpacked ({cut})") from None
    except OSError as refused:
        raise UserError(f"data file {str(file)!r} cannot be read: {refused.strerror}") from refused
    start = 4 + 4 * sides
    magic = bytes((0, 0, BYTES, sides))
    if len(content) < start or content[:4] != magic:
        raise _damaged(file, f"it starts with {content[:4]!r}, not with {magic!r}")
    shape = struct.unpack(f">{sides}I", content[4:start])
    if len(content) - start != math.prod(shape):
        said = " x ".join(str(side) for side in shape)
        raise _damaged(file, f"it says {said} bytes and has {len(content) - start:,}")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy())


def _damaged(file: Path, reason: str) -> UserError:
    return UserError(f"data file {str(file)!r} is damaged or half downloaded: {reason}; fetch it again")
