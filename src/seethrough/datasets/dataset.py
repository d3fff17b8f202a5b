"""A data set: pictures, and what they show."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images.photo import photo


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Pictures with what they show: all in memory as `pixels` uint8 [N, C, H, W], or as `files` that are read one by one.

    `labels` [N] are places in `classes`; -1 where it is not known what a picture shows. `root` is the folder that names of
    files are told from.

    >>> levels = torch.tensor([0, 255], dtype=torch.uint8)
    >>> two = Dataset("two", ("black", "white"), torch.tensor([0, 1]), levels.view(2, 1, 1, 1))
    >>> two[1], two.classes[two.labels[1]]
    (tensor([[[1.]]]), 'white')
    """

    name: str
    classes: tuple[str, ...]
    labels: Tensor
    pixels: Tensor | None = None
    files: tuple[Path, ...] = ()
    root: Path | None = None

    def __post_init__(self) -> None:
        """Hold one label for each picture."""
        count = len(self.files) if self.pixels is None else len(self.pixels)
        if len(self.labels) != count:
            raise UserError(f"data {self.name!r} has {count} pictures and {len(self.labels)} labels; give one for each")
        if count == 0:
            raise UserError(f"data {self.name!r} holds no pictures")

    def __repr__(self) -> str:
        """Say the name, and how much there is."""
        classes = f" of {len(self.classes)} classes" if self.classes else ""
        return f"Dataset({self.name}: {len(self):,} pictures{classes})"

    def checksum(self) -> int:
        """Return a number that tells data sets apart: of what the pictures are, and of what they show."""
        files = "\n".join(map(str, self.files)).encode()
        pixels = files if self.pixels is None else self.pixels.contiguous().numpy().data
        return zlib.crc32(self.labels.contiguous().numpy().data, zlib.crc32(pixels))

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.labels)

    def __getitem__(self, place: int) -> Tensor:
        """Return one picture [C, H, W] in [0, 1], at its own size; a file that is no picture raises, with its name."""
        if self.pixels is None:
            return photo(self.files[place])
        return self.pixels[place].float() / 255

    def name_of(self, place: int) -> str:
        """Return what a picture is called: its file from the root on, or its number."""
        if self.pixels is not None:
            return f"{self.name} {place}"
        file = self.files[place]
        return str(file.relative_to(self.root)) if self.root else str(file)

    def part(self, places: Sequence[int] | Tensor, name: str | None = None) -> "Dataset":
        """Return some of the pictures, in the order given."""
        chosen = torch.as_tensor(places, dtype=torch.long)
        return replace(
            self,
            name=name or self.name,
            labels=self.labels[chosen],
            pixels=None if self.pixels is None else self.pixels[chosen],
            files=tuple(self.files[place] for place in chosen.tolist()) if self.pixels is None else (),
        )
