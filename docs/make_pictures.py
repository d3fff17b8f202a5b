"""Draw every picture of the documents from the bundled photos and network.

.venv/bin/python docs/make_pictures.py
"""

import io
import os
from dataclasses import replace
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from torch import Tensor

import seethrough
from seethrough import datasets, dream, fool, see, study, train
from seethrough.images import SAMPLES
from seethrough.networks.network import Network
from seethrough.plots import OKABE_ITO, png, sheet, show_image, show_map
from seethrough.results.heatmap import Heatmap

PICTURES = Path(__file__).parent / "pictures"
WIDEST = 900
LARGEST = 150_000
EDGE = 2.5
CUP = (0, 30, 122, 190)
NAMED = ("espresso", "goldfish", "school bus", "ostrich", "monarch", "banana", "daisy", "cheeseburger")
SIX = ("painted", "lucid", "simonyan", "course", "natural", "yosinski-3")
SHARED = Path(os.environ.get("SEETHROUGH_SHARED", PICTURES.parents[2] / "shared")) / "data" / "paintings"
STARRY = "starry_night.jpg"
NINE = "gradient,integrated-gradients,guided-backprop,cam,grad-cam,layer-cam,score-cam,occlusion,rise"


def main() -> None:
    """Draw them all."""
    network = seethrough.load(device="cpu")
    draw_seen(network)
    draw_fooled(network)
    draw_dreamt(network)
    draw_trained()
    draw_studied(network)


def draw_seen(network: Network) -> None:
    """Draw those of what is there."""
    keep("guesses", guesses(network))
    keep("frame", frame(network))
    keep("fields", fields(network))
    keep("photos", photos())
    keep("grad-cam", grad_cam(network))
    keep("gradients", gradients(network))
    keep("three-ways", see.backprop_compare(network, network.frame(seethrough.photo("cat"))).figure())
    keep("layers-cam", layers_cam(network))
    keep("occlusion", occlusion(network))
    keep("trying", trying(network))
    keep("mask", see.mask(network, network.frame(seethrough.photo("coffee"))).figure())
    keep("layers-strip", see.layers_strip(network, network.frame(seethrough.photo("cat"))).figure())
    keep("filters", see.filters(network).figure())
    keep("curves", curves(network))
    keep("agreement", agreement(network))
    keep("sanity", sanity(network))
    keep("compare", compare(network), 850)


def draw_trained() -> None:
    """Draw those of training: of one on the digits, and of the two whose cards are bundled."""
    digits, unseen = datasets.load("digits"), datasets.load("digits", "test")
    keep("training", train.fit(digits, unseen, epochs=12, augment="bend").figure())
    keep("compare-trainings", train.compare(["cifar10-cnn", "cifar10-cnn-bn"]).figure())


def draw_studied(network: Network) -> None:
    """Draw those of whole data sets."""
    digits = datasets.load("digits", "test")
    reader = seethrough.load("mnist-cnn", device="cpu")
    keep("map", study.map(reader, digits).figure(), 800)
    keep("patches", study.patches(reader, digits, units="relu2:0-5", top=9).figure(), 600)
    photos = network.frame([seethrough.photo(name) for name in ("cat", "coffee", "rocket")])
    layers = "bn1,blocks.2.1,blocks.4.0,classifier"
    keep(
        "invariance",
        study.invariance(network, photos, factors="position,rotation,background", layers=layers).figure(),
        700,
    )


def draw_fooled(network: Network) -> None:
    """Draw those of what misleads."""
    names = ("coffee", "rocket", "moped")
    pixels = network.frame([seethrough.photo(name) for name in names])
    to = ["goldfish", "school bus", "ostrich"]
    fooled = replace(fool.pgd(network, pixels, to=to, eps="2/255", until=0.9, eight_bit=True), photos=names)
    keep("fooled", fooled.figure(), 700)
    lasting = fool.survival(network, fooled.images[:1], [fooled.before[0].index])
    keep("survival", replace(lasting, photos=names[:1]).figure())
    keep("from-noise", from_noise(network, pixels[:1]))
    keep("templates", fool.templates(seethrough.load("cifar10-linear")).figure())
    keep("linearity", fool.linearity(network, pixels[:1]).figure())


def draw_dreamt(network: Network) -> None:
    """Draw those of what is dreamt: minutes."""
    keep("dreams", dreams(network))
    keep("recipes", recipes(network))
    keep("inversion", dream.invert(network, network.frame(seethrough.photo("coffee")), starts=1).figure())
    keep("emphasis", emphasis(network))
    if (SHARED / STARRY).exists():
        keep("style", style(network))
    else:
        print(f"pictures/style.png is left as it is: the painting is not at {SHARED / STARRY}")  # noqa: T201


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


def gradients(network: Network) -> Figure:
    """Four maps made of gradients."""
    pixels = network.frame(seethrough.photo("coffee"))
    maps = {
        "gradient": see.gradient(network, pixels),
        "gradient x input": see.gradient_x_input(network, pixels),
        "SmoothGrad": see.smooth_grad(network, pixels),
        "integrated gradients": see.integrated_gradients(network, pixels),
    }
    return side_by_side(maps)


def layers_cam(network: Network) -> Figure:
    """Four maps made of a layer's maps."""
    pixels = network.frame(seethrough.photo("rocket"))
    maps = {
        "CAM": see.cam(network, pixels),
        "Grad-CAM": see.grad_cam(network, pixels),
        "LayerCAM of blocks.2": see.layer_cam(network, pixels, layer="blocks.2"),
        "guided Grad-CAM": see.guided_grad_cam(network, pixels),
    }
    return side_by_side(maps)


def occlusion(network: Network) -> Figure:
    """What covering a part does to the probability."""
    pixels = network.frame(seethrough.photo("rocket"))
    return see.occlusion(network, pixels, block=48, stride=16, on="probability").figure()


def trying(network: Network) -> Figure:
    """Two maps made by trying, one of them with few and with many masks."""
    pixels = network.frame(seethrough.photo("coffee"))
    maps = {
        "RISE, 50 masks": see.rise(network, pixels, masks=50),
        "RISE, 2000 masks": see.rise(network, pixels, masks=2000),
        "Score-CAM": see.score_cam(network, pixels),
    }
    return side_by_side(maps)


def side_by_side(maps: dict[str, Heatmap]) -> Figure:
    """A photo and maps of it in one row."""
    figure, panels = sheet(1, 1 + len(maps), cell=(2.4, 2.4))
    first = next(iter(maps.values()))
    show_image(panels[0, 0], first.images[0], str(first.targets[0]))
    for panel, (title, found) in zip(panels[0, 1:], maps.items(), strict=True):
        found.draw(panel, 0, title, colorbar=False)
    return figure


def curves(network: Network) -> Figure:
    """How fast the score falls and rises by a map."""
    pixels = network.frame(seethrough.photo("coffee"))
    return see.deletion_insertion(network, pixels, see.grad_cam(network, pixels)).figure()


def agreement(network: Network) -> Figure:
    """A map, and a box that a person drew around the cup."""
    pixels = network.frame(seethrough.photo("coffee"))
    return see.agreement(see.grad_cam(network, pixels), CUP).figure()


def sanity(network: Network) -> Figure:
    """A map that hardly minds what the network has forgotten."""
    pixels = network.frame(seethrough.photo("cat"))
    return see.sanity_check(network, pixels, method="guided_backprop", stages=5).figure()


def compare(network: Network) -> Figure:
    """Nine methods and their areas."""
    pixels = network.frame(seethrough.photo("coffee"))
    return see.compare(network, pixels, methods=NINE).figure()


def dreams(network: Network) -> Figure:
    """Eight classes as the network dreams them."""
    found = dream.class_(network, list(NAMED))
    figure, panels = sheet(2, 4, cell=(2.4, 2.3))
    for panel, image, name in zip(panels.flat, found.images, NAMED, strict=True):
        show_image(panel, image, name)
    return figure


def recipes(network: Network) -> Figure:
    """One class by six recipes."""
    figure, panels = sheet(1, len(SIX), cell=(2.4, 2.1))
    for panel, name in zip(panels[0], SIX, strict=True):
        show_image(panel, dream.class_(network, "goldfish", recipe=name).images[0], name)
    return figure


def emphasis(network: Network) -> Figure:
    """Caricatures of a cat, and a deep dream of a cup."""
    cat = dream.caricature(network, network.frame(seethrough.photo("cat")), layers="blocks.1.0,blocks.2.1,blocks.5.1")
    cup = dream.deepdream(network, network.frame(seethrough.photo("coffee")))
    assert cat.starts is not None and cup.starts is not None
    shown = [(cat.starts[0], "cat"), *zip(cat.images, cat.wishes, strict=True)]
    shown += [(cup.starts[0], "coffee"), (cup.images[0], f"DeepDream, {cup.wishes[0]}")]
    figure, panels = sheet(1, len(shown), cell=(2.4, 2.1))
    for panel, (image, name) in zip(panels[0], shown, strict=True):
        show_image(panel, image, name)
    return figure


def style(network: Network) -> Figure:
    """A cup as Van Gogh might have painted it, and the texture alone."""
    painting = seethrough.photo(SHARED / STARRY)
    cup = dream.style(network, seethrough.photo("coffee"), [painting])
    alone = dream.texture(network, [painting])
    figure, panels = sheet(1, 3, cell=(2.4, 3.3))
    shown = ((cup.styles[0], "The Starry Night"), (cup.pictures[0], "coffee after it"), (alone.pictures[0], "texture"))
    for panel, (image, name) in zip(panels[0], shown, strict=True):
        show_image(panel, image, name)
    return figure


def from_noise(network: Network, coffee: Tensor) -> Figure:
    """Noise that is read as something, and a photo made out of noise that is read as something else."""
    noise = fool.from_noise(network, ["goldfish", "espresso"])
    alike = fool.lookalike(network, coffee, to="goldfish")
    shown = [(noise.images[place], noise.after[place]) for place in range(2)]
    shown.append((alike.images[0], alike.after[0]))
    figure, panels = sheet(1, 3, cell=(3.0, 3.0))
    for panel, (image, guess) in zip(panels[0], shown, strict=True):
        show_image(panel, image, f"read as {guess}")
    return figure


def outline(panel: Axes, box: tuple[float, float, float, float], colour: str) -> None:
    """Draw a box (top, left, bottom, right) over a picture."""
    top, left, bottom, right = box
    corner = (left - 0.5, top - 0.5)
    panel.add_patch(Rectangle(corner, right - left, bottom - top, fill=False, edgecolor=colour, linewidth=EDGE))


def keep(name: str, figure: Figure, widest: int = WIDEST) -> None:
    """Write a figure as a PNG for a page."""
    keep_image(name, png(figure), widest)


def keep_image(name: str, drawn: bytes, widest: int = WIDEST) -> None:
    """Write a picture as a PNG for a page: at most so wide, in 256 colours, and smaller, where it takes too much."""
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    picture.thumbnail((widest, widest), Image.Resampling.LANCZOS)
    path = PICTURES / f"{name}.png"
    picture.save(path, optimize=True)
    while path.stat().st_size >= LARGEST:
        few = picture.quantize(256, Image.Quantize.MAXCOVERAGE)
        picture.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        picture.thumbnail((picture.width * 9 // 10, picture.height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
