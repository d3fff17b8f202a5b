"""Dreams of single units, kept on disk: whoever opens the unit again sees what it dreamt."""

import hashlib
import os
from pathlib import Path

import seethrough
from seethrough.app.asked import Asked
from seethrough.app.draw import png
from seethrough.errors import UserError
from seethrough.files import replacing
from seethrough.networks.network import Network
from seethrough.networks.unit import Unit
from seethrough.networks.weights import checksum
from seethrough.results.dream import Dream
from seethrough.results.result import Result

MOST_BYTES = 200_000_000


def cache_folder() -> Path:
    """Return where this person's programs keep what they can make again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seethrough" / "dreams"


class Dreams:
    """A folder of dreams, by weights and unit; the oldest go when there are too many."""

    def __init__(self, folder: Path) -> None:
        """Say where; it is made with the first dream."""
        self._folder = folder
        self._sums: dict[str, int] = {}

    def find(self, net: str, network: Network, unit: Unit) -> bytes | None:
        """Return the dream of a unit of the network called `net`, where there is one."""
        try:
            return self._place(net, network, str(unit)).read_bytes()
        except OSError:
            return None

    def keep(self, wanted: Asked, result: Result) -> None:
        """Keep what was made, if it is the plain dream of one unit; a folder that cannot be written is no mistake."""
        units = wanted.given.get("units", [])
        plain = wanted.method.name == "unit" and not wanted.settings and set(wanted.given) == {"units"}
        if wanted.verb != "dream" or not plain or len(units) != 1 or not isinstance(result, Dream):
            return
        try:
            with replacing(self._place(wanted.net, wanted.network, result.wishes[0])) as beside:
                beside.write_bytes(png(result.images[0]))
            self._make_room()
        except (OSError, UserError):
            return

    def _place(self, net: str, network: Network, unit: str) -> Path:
        if net not in self._sums:
            self._sums[net] = checksum(network.module)
        key = f"{seethrough.__version__} {self._sums[net]} {network.size} {unit}"
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.png"

    def _make_room(self) -> None:
        files = sorted(self._folder.glob("*.png"), key=lambda file: file.stat().st_mtime)
        sizes = [file.stat().st_size for file in files]
        for file, size in zip(files, sizes, strict=True):
            if sum(sizes) <= MOST_BYTES:
                break
            file.unlink(missing_ok=True)
            sizes.remove(size)
