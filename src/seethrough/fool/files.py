"""Misleading images as files, with a list of what they really show."""

import csv
import io
from pathlib import Path

from seethrough.files import replacing
from seethrough.fool.truths import CLASS, FILE, LIST
from seethrough.images import save_image
from seethrough.results.fooling import Fooling

COLUMNS = (FILE, CLASS, "read_as")


def save_images(fooling: Fooling, folder: Path) -> Path:
    """Write each image as a PNG under the name of its photo; `labels.csv` beside them says what each shows and is read as.

    What the folder's list says of other files stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / LIST
    rows: dict[str, dict[str, str]] = {}
    columns = list(COLUMNS)
    if place.is_file():
        with place.open(encoding="utf-8-sig", newline="") as file:
            there = csv.DictReader(file)
            columns += [name for name in there.fieldnames or () if name and name not in columns]
            rows = {row["file"]: row for row in there if row.get("file")}
    for number, image in enumerate(fooling.images):
        name = fooling.name(number) or f"image-{number + 1}"
        several = sum(fooling.name(other) == fooling.name(number) for other in range(number))
        file_name = f"{name}-{several + 1}.png" if several and fooling.name(number) else f"{name}.png"
        save_image(image, folder / file_name)
        shows, read = str(int(fooling.shows[number])), fooling.after[number].label
        rows[file_name] = dict(zip(COLUMNS, (file_name, shows, read), strict=True))
    written = io.StringIO()
    table = csv.DictWriter(written, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows.values())
    with replacing(place) as beside:
        beside.write_text(written.getvalue(), encoding="utf-8")
    return folder
