"""The names of classes, and the way from what a person writes to a class index. Imports no torch."""

import ast
import functools
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seethrough.errors import UserError, closest


@dataclass(frozen=True)
class Labels:
    """What a network's classes are called: one name each, WordNet ids and other words where they are known."""

    names: tuple[str, ...]
    wnids: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        """Count the classes."""
        return len(self.names)

    def wnid(self, index: int) -> str | None:
        """Return the WordNet id of a class, or None where the network has none."""
        return self.wnids[index] if self.wnids else None

    def resolve(self, wanted: int | str) -> int:
        """Return the index of a class given by index, label, other word for it, or WordNet id.

        >>> imagenet().resolve("tabby"), imagenet().resolve("n02123045"), imagenet().resolve(281)
        (281, 281, 281)
        """
        if isinstance(wanted, bool) or not isinstance(wanted, int | str):
            raise UserError(f"class {wanted!r} is a {type(wanted).__name__}; give an index, a label or a WordNet id")
        # A label may itself be a number (the digits): a text is a label first and an index second.
        if isinstance(wanted, str):
            found = self._named(wanted)
            if len(found) == 1:
                return found[0]
            if found:
                listed = ", ".join(f"{self.names[index]} ({index})" for index in found)
                raise UserError(f"class {wanted!r} is ambiguous; it may be {listed}")
            if not re.fullmatch(r"-?\d+", wanted.strip()):
                near = closest(wanted, self.names)
                hint = f"closest: {', '.join(near)}" if near else f"for example {self.names[0]}, or an index"
                raise UserError(f"class {wanted!r} is not known; {hint}")
            wanted = int(wanted)
        if not 0 <= wanted < len(self):
            raise UserError(f"class {wanted} is out of range; this network has classes 0 to {len(self) - 1}")
        return wanted

    def _named(self, wanted: str) -> list[int]:
        """Return the classes that are called so: exactly, or else but for case and dashes, or else by another word."""
        word = _plain(wanted)
        exact = [
            index
            for index, names in enumerate(zip(self.names, self.wnids or self.names, strict=True))
            if wanted in names
        ]
        alike = exact or [index for index, name in enumerate(self.names) if _plain(name) == word]
        return alike or [index for index, others in enumerate(self.synonyms) if word in map(_plain, others)]


def numbered(count: int) -> Labels:
    """Name classes that have no names."""
    return Labels(tuple(f"class {index}" for index in range(count)))


def as_labels(labels: "Labels | Sequence[str] | None") -> Labels | None:
    """Accept labels as a plain list of names too."""
    if labels is None or isinstance(labels, Labels):
        return labels
    return Labels(tuple(str(name) for name in labels))


@functools.cache
def imagenet() -> Labels:
    """Return the 1,000 classes of ImageNet: torchvision's names, which are unique, and WordNet's ids and words from timm."""
    info = _folder_of("timm") / "data" / "_info"
    wnids = tuple((info / "imagenet_synsets.txt").read_text().split())
    lines = (info / "imagenet_synset_to_lemma.txt").read_text().splitlines()
    words = dict(line.split("\t", 1) for line in lines)
    return Labels(_torchvision_categories(), wnids, tuple(tuple(words[wnid].strip('"').split(", ")) for wnid in wnids))


def _torchvision_categories() -> tuple[str, ...]:
    """Read the names out of torchvision's source: importing it takes seconds, too long for shell completion."""
    tree = ast.parse((_folder_of("torchvision") / "models" / "_meta.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_IMAGENET_CATEGORIES":
            return tuple(ast.literal_eval(node.value))
    raise RuntimeError("torchvision's list of ImageNet categories has moved")


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed")
    return Path(spec.origin).parent


def _plain(label: str) -> str:
    return re.sub(r"[\s_-]+", " ", label).strip().lower()
