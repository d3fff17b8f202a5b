"""Draw every picture of the documents from the bundled photos and network.

.venv/bin/python docs/make_pictures.py
"""

import io
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

import seethrough
from seethrough import see
from seethrough.images import SAMPLES
from seethrough.networks.network import Network
from seethrough.plots import OKABE_ITO, png, sheet, show_image, show_map

PICTURES = Path(__file__).parent / "pictures"
WIDEST = 900
LARGEST = 150_000
EDGE = 2.5


def main() -> None:
    """Draw them all."""
    network = seethrough.load(device="cpu")
    keep("guesses", guesses(network))
    keep("frame", frame(network))
    keep("fields", fields(network))
    keep("photos", photos())
    keep("grad-cam", grad_cam(network))


def guesses(network: Network) -> Figure:
    """A photo, and what the network takes it for."""
    pixels = network.frame(seethrough.photo("coffee"))
    return network.classify(pixels, photos=("coffee",)).figure()


def frame(network: Network) -> Figure:
    """A photo with the part of it that the network sees, and that part as pixels."""
    photo = seethrough.photo("coffee")
    figure, panels = sheet(1, 2, cell=(3.0, 3.8))
    show_image(panels[0, 0], photo, "the photo, and the box of its frame")
    box = network.frame.box(photo)
    outline(panels[0, 0], (box.top, box.left, box.bottom, box.right), OKABE_ITO[5])
    show_image(panels[0, 1], network.frame(photo)[0], f"the pixels: {network.size[0]} x {network.size[1]}")
    return figure


def fields(network: Network) -> Figure:
    """What the unit in the middle of a layer's maps can see, for deeper and deeper layers."""
    names = ("blocks.0", "blocks.1", "blocks.2", "blocks.3")
    pixels = network.frame(seethrough.photo("cat"))[0]
    figure, panels = sheet(1, len(names), cell=(2.4, 2.4))
    for panel, name in zip(panels[0], names, strict=True):
        layer = network.layers[name]
        _, height, width = layer.shape
        assert layer.field is not None
        show_image(panel, pixels, f"{name}: {layer.field.size[0]} px")
        outline(panel, layer.field.box(height // 2, width // 2), OKABE_ITO[5])
    return figure


def photos() -> Figure:
    """The photos that come with it."""
    figure, panels = sheet(1, len(SAMPLES), cell=(2.4, 3.0))
    for panel, name in zip(panels[0], SAMPLES, strict=True):
        show_image(panel, seethrough.photo(name), name)
    return figure


def grad_cam(network: Network) -> Figure:
    """Where the evidence for two classes lies in one photo."""
    pixels = network.frame(seethrough.photo("rocket"))
    figure, panels = sheet(1, 3, cell=(2.8, 3.0))
    show_image(panels[0, 0], pixels[0], "rocket")
    for panel, label in zip(panels[0, 1:], ("missile", "crane"), strict=True):
        found = see.grad_cam(network, pixels, label)
        show_map(panel, found.values[0], over=pixels[0], title=str(found.targets[0]), colorbar=False)
    return figure


def outline(panel: Axes, box: tuple[float, float, float, float], colour: str) -> None:
    """Draw a box (top, left, bottom, right) over a picture."""
    top, left, bottom, right = box
    corner = (left - 0.5, top - 0.5)
    panel.add_patch(Rectangle(corner, right - left, bottom - top, fill=False, edgecolor=colour, linewidth=EDGE))


def keep(name: str, figure: Figure) -> None:
    """Write a figure as a PNG for a page: at most 900 pixels wide, in 256 colours where all of them take too much."""
    picture = Image.open(io.BytesIO(png(figure))).convert("RGB")
    picture.thumbnail((WIDEST, WIDEST), Image.Resampling.LANCZOS)
    path = PICTURES / f"{name}.png"
    picture.save(path, optimize=True)
    if path.stat().st_size >= LARGEST:
        few = picture.quantize(256, Image.Quantize.MAXCOVERAGE)
        picture.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size:,} bytes"


if __name__ == "__main__":
    main()
