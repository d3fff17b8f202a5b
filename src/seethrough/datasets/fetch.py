"""Bringing a known data set onto this machine."""

import hashlib
import shutil
import tarfile
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias
from urllib.request import Request, urlopen

from seethrough.datasets.known import WITHOUT_NETWORK, Download, Known, known_set
from seethrough.datasets.root import data_root
from seethrough.datasets.state import State, md5, missing, state
from seethrough.errors import UserError
from seethrough.files import replacing
from seethrough.jobs import Job, Step, job
from seethrough.networks.downloads import downloading, ensure_reachable

CHUNK = 1 << 20
MEGA = 1_000_000
SILENCE = 30.0  # seconds a server may say nothing

Part: TypeAlias = Generator[Step, bool | None, bool]
"""A part of the work: it ends in whether someone asked to stop."""


@job
def fetch(name: str, root: str | Path | None = None) -> Job[State]:
    """Download what a known data set lacks, check its MD5, unpack it, and return how it stands then.

    What is there whole is not fetched again; what is there half is fetched anew. A file is there whole or not at all, and a
    stop leaves what is done.

    >>> fetch("mnist").condition
    'there'
    """
    known, place = known_set(name), data_root(root)
    before = state(known, place)
    if before.condition == "there":
        return before
    if not known.downloads:
        raise UserError(before.says)
    whole = sum(download.size for download in known.downloads)
    so_far = 0
    for download in known.downloads:
        if (yield from _brought(known, place, download, so_far, whole)):
            return state(known, place)
        so_far += download.size
    after = state(known, place)
    if after.condition != "there":
        raise missing(known, place, after.says)
    return after


def _brought(known: Known, root: Path, download: Download, so_far: int, whole: int) -> Part:
    """Have the file there and right, downloaded if need be, and unpacked."""
    target = root / download.path
    if not target.is_file() or md5(target) != download.md5:
        what = {"of": "files", "offline": WITHOUT_NETWORK}
        ensure_reachable(download.url, f"data {known.name!r}", **what)
        with (
            downloading(f"data {known.name!r}", **what),
            closing(_downloaded(download, target, so_far, whole)) as parts,
        ):
            if (yield from parts):
                return True
    if target.name.endswith(".tar.gz"):
        return (yield from _unpacked(target, so_far + download.size, whole))
    return False


def _downloaded(download: Download, target: Path, so_far: int, whole: int) -> Part:
    request = Request(download.url, headers={"User-Agent": "seethrough"})
    seen, count = hashlib.md5(usedforsecurity=False), 0
    start = time.monotonic()
    with urlopen(request, timeout=SILENCE) as answer:
        said = int(answer.headers.get("Content-Length") or 0)
        try:
            with replacing(target) as temporary, temporary.open("wb") as file:
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    seen.update(chunk)
                    count += len(chunk)
                    speed = {"MB/s": count / MEGA / max(time.monotonic() - start, 1e-3)}
                    done = min(so_far + count, whole)
                    if (yield Step(done // MEGA, -(-whole // MEGA), speed)):
                        raise _AskedToStopError
                if seen.hexdigest() != download.md5:
                    cut = f"it ended after {count:,} of {said:,} bytes"
                    reason = cut if count < said else "its MD5 is not the published one"
                    raise UserError(f"{download.url} came damaged: {reason}; try again")
        except _AskedToStopError:
            return True
    return False


class _AskedToStopError(Exception):
    """Someone asked to stop: what was downloaded of this file is dropped."""


def _unpacked(archive: Path, done: int, whole: int) -> Part:
    """Unpack an archive's files beside it, each whole or not at all."""
    folder = archive.parent.resolve()
    step = Step(done // MEGA, -(-whole // MEGA))
    with tarfile.open(archive) as opened:
        for member in opened:
            target = (folder / member.name).resolve()
            if not member.isfile() or folder not in target.parents:
                continue
            if (yield step):
                return True
            content = opened.extractfile(member)
            assert content is not None
            with content, replacing(target) as temporary, temporary.open("wb") as file:
                shutil.copyfileobj(content, file)
    return False
