"""The command line that repeats what was made in the browser."""

import shlex
from collections.abc import Sequence
from typing import Any

from seethrough.app.asked import Asked
from seethrough.app.networks import Given
from seethrough.app.visitors import Photo
from seethrough.networks.network import Network

OPTIONS = {"classes": "--class", "to": "--to", "unit": "--unit", "layer": "--layer", "layers": "--layers", "on": "--on"}
POSITIONS = {"dreamt": "classes", "one dreamt": "classes", "units": "units", "one layer": "layer"}
"""What stands without an option, by the need it is for."""
MASK_FILE, MISLEADING = "mask.png", "misleading"


def command(asked: Asked, of: str = "") -> str:
    """Return the command that repeats a job; `of` is the command that made what it was made of."""
    method, given = asked.method, asked.given
    if method.name == "survival" and of:
        return f"{of} --save-images {MISLEADING}\n{_line([asked.verb, method.command, MISLEADING], asked)}"
    words = [asked.verb, method.command]
    placed = [name for need, name in POSITIONS.items() if need in method.needs]
    for name in placed:
        words += [_said(name, value, asked.network) for value in _listed(given.get(name))]
    if asked.photo is not None:
        words.append(file_of(asked.photo))
    if "paintings" in method.needs:
        words += [file_of(style) for style in asked.styles]
    else:
        words += [word for style in asked.styles for word in ("--style", file_of(style))]
    for name, option in OPTIONS.items():
        if name not in placed:
            words += [
                word for value in _listed(given.get(name)) for word in (option, _said(name, value, asked.network))
            ]
    if given.get("away") and "to" not in given:
        words.append("--away")
    if "start" in given:
        words += ["--start", given["start"] if asked.start is None else file_of(asked.start)]
    if "mask" in given:
        words += ["--mask", MASK_FILE]
    return _line(words, asked, of)


def look_command(line: Sequence[str], photo: Photo, net: Given) -> str:
    """Return a command about a photo: the words of it, the photo, the network.

    >>> look_command(["see", "gradient"], bundled("coffee"), Given("mnist-cnn"))
    'seethrough see gradient coffee --net mnist-cnn'
    """
    return shlex.join(["seethrough", *line[:2], file_of(photo), *line[2:], *net.words])


def file_of(photo: Photo) -> str:
    """Return how a command names a photo: a bundled one by its name, another by its file."""
    return f"{photo.name}.png" if photo.own else photo.name


def _line(words: list[str], asked: Asked, of: str = "") -> str:
    settings = dict(asked.settings)
    if "heatmap" in asked.method.needs and of:
        # The map's own method and class: `seethrough see grad-cam coffee --class 967`.
        made = shlex.split(of)
        words = [*words, made[3] if asked.photo is None else "", "--method", made[2]]
        words = [word for word in words if word]
        if "--class" in made:
            words += ["--class", made[made.index("--class") + 1]]
    for setting in asked.method.settings:
        if setting.name in settings:
            value = settings[setting.name]
            if setting.kind == "bool":
                words.append(setting.option if value else f"--no-{setting.option[2:]}")
            else:
                words += [setting.option, f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(["seethrough", *words, *asked.given_net.words])


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _said(name: str, value: Any, network: Network) -> str:
    """Return a class by its label where that is its own, else by its number."""
    if name not in ("classes", "to") or isinstance(value, str):
        return str(value)
    label = network.labels.names[value] if 0 <= value < len(network.labels.names) else ""
    return label if label and list(network.labels.names).count(label) == 1 else str(value)
