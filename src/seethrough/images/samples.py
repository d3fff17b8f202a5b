"""Photos to begin with: they come with scikit-image, and are found without importing it."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from seethrough.errors import UserError, unknown


@dataclass(frozen=True)
class Sample:
    """A bundled photo: the name to ask for it by, its file, what it shows and whose it is."""

    name: str
    file: str
    shows: str
    credit: str


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("cat", "chelsea.png", "the face of a ginger tabby cat", "Stéfan van der Walt, CC0"),
        Sample("coffee", "coffee.png", "a cup of espresso with a spoon on a table", "Rachel Michetti, CC0"),
        Sample("rocket", "rocket.jpg", "a rocket on its launch pad before dawn", "SpaceX, public domain"),
        Sample("moped", "motorcycle_left.png", "a red motorcycle in a garage", "Middlebury 2014 stereo benchmark"),
    )
}


def sample_path(name: str) -> Path:
    """Return where a bundled photo lies.

    >>> sample_path("cat").name
    'chelsea.png'
    """
    if name not in SAMPLES:
        raise unknown("sample", name, SAMPLES)
    found = importlib.util.find_spec("skimage")
    for folder in (found and found.submodule_search_locations) or []:
        path = Path(folder, "data", SAMPLES[name].file)
        if path.is_file():
            return path
    raise UserError(f"sample {name!r} comes with scikit-image, which lacks it here; bring it: pip install scikit-image")
