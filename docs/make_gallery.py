"""Draw the gallery of the documents: figures of the labs and of an inspection, on the bundled photos and networks alone.

.venv/bin/python docs/make_gallery.py [FOLDER]

FOLDER is where the parts are made (some minutes); what was made there is not made again.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from make_pictures import keep_image

import seethrough
from seethrough.labs.desk import Desk
from seethrough.labs.inspect import DOCUMENT
from seethrough.labs.produce import produce
from seethrough.labs.table import lab_named

FIGURES: Mapping[str, Mapping[str, str]] = {
    "inspect": {"inspect-see": "see-1", "inspect-fool": "fool-2"},
    "visualize-and-fool": {"lab-regularisers": "regularisers"},
    "gradients": {"lab-sweep": "sweeps-2"},
    "pretrained-and-small": {"lab-fooling": "fooling"},
    "digits": {"lab-lookalikes": "lookalikes", "lab-optimised": "optimise-1"},
    "tour": {"lab-two-classes": "class-maps-4"},
}
"""The pictures of the documents, and the files of each document they come from: PART or PART-NUMBER."""


def main(folder: Path) -> None:
    """Make what is needed of each document, and keep its figures small."""
    for name, wanted in FIGURES.items():
        document = DOCUMENT if name == "inspect" else lab_named(name).load()
        # The last is what stands in where nothing can be downloaded.
        network = seethrough.load(document.networks[-1], device="cpu")
        out, nothing = folder / name, folder / "no-data"
        nothing.mkdir(parents=True, exist_ok=True)
        desk = Desk(network, out / ".kept", data=nothing, photo="coffee" if name == "inspect" else None)
        known = [part.name for part in document.parts]
        parts = [file if file in known else file.rpartition("-")[0] for file in wanted.values()]
        produce(document, desk, out, only=parts)
        for picture, file in wanted.items():
            keep_image(picture, (out / "figures" / f"{file}.png").read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()))
