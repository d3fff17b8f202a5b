"""The networks that may be asked for: loaded when they are first wanted, the few last used kept."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seethrough.app.kept import Kept
from seethrough.errors import unknown
from seethrough.networks.names import BUNDLED, DEFAULT, NETS, architectures
from seethrough.networks.network import Network
from seethrough.networks.zoo import load

LOADED = 1_000_000_000
"""Bytes of weights that are kept; one network is, however large."""
FOUND = 20
"""Names a search gives at most."""
FAMILIES = ("torchvision", "timm")


@dataclass(frozen=True)
class Given:
    """A network named on the command line: what it takes to load it, and what a command needs to name it again."""

    name: str
    weights: Path | None = None
    trust: bool = False
    device: str | None = None

    @property
    def words(self) -> list[str]:
        """Return the options that name it."""
        said = [] if self.name == DEFAULT else ["--net", self.name]
        said += [] if self.weights is None else ["--weights", str(self.weights)]
        return said + (["--trust"] if self.trust else [])


class Networks:
    """Networks by the names a browser may say: nothing it says becomes a path or a name to import."""

    def __init__(self, given: Given) -> None:
        """Offer the network of the command line first, then what is bundled."""
        plain = {name: Given(name, device=given.device) for name in (DEFAULT, *BUNDLED)}
        self.first = given.name
        self.offered: Mapping[str, Given] = {given.name: given} | {
            name: one for name, one in plain.items() if name != given.name
        }
        self._device = given.device
        self._loaded: Kept[str, Network] = Kept(LOADED, _bytes)
        self._loading = threading.Lock()

    def get(self, name: str) -> Network:
        """Return a network, loaded once whoever asks meanwhile."""
        found = self._loaded.get(name)
        if found is not None:
            return found
        given = self.given(name)
        with self._loading:
            found = self._loaded.get(name)
            if found is None:
                found = load(given.name, weights=given.weights, device=given.device, trust=given.trust)
                _ = found.layers, found.labels
                self._loaded[name] = found
        return found

    def has(self, name: str) -> bool:
        """Tell whether a network is there without waiting for it."""
        return name in self._loaded

    def given(self, name: str) -> Given:
        """Return what it takes to load a network."""
        if name in self.offered:
            return self.offered[name]
        if _published(name):
            return Given(name, device=self._device)
        raise unknown("network", name[:80], [*self.offered])

    def rows(self, search: str = "") -> list[dict[str, object]]:
        """List those that are offered, or those whose name holds some words."""
        says = {net.name: net.says for net in NETS} | dict(BUNDLED)
        names = list(self.offered)
        if search.strip():
            words = search.lower().split()
            names += [f"{family}:{arch}" for family in FAMILIES for arch in architectures(family)]
            found = dict.fromkeys(name for name in names if all(word in name.lower() for word in words))
            names = list(found)[:FOUND]
        about = "a classifier of {}; its weights are downloaded, unless they are there"
        if self.given(self.first) != Given(self.first, device=self._device) or self.first not in says:
            says[self.first] = "your own, named on the command line"
        return [
            {
                "name": name,
                "says": says.get(name) or about.format(name.partition(":")[0]),
                "loaded": name in self._loaded,
            }
            for name in names
        ]


def _bytes(network: Network) -> int:
    return sum(weight.nbytes for weight in network.module.state_dict().values())


def _published(name: str) -> bool:
    family, _, rest = name.partition(":")
    if family not in FAMILIES:
        return False
    arch, mark, tag = rest.partition("." if family == "timm" else ":")
    return arch in architectures(family) and (not mark or tag.replace("_", "").isalnum())
