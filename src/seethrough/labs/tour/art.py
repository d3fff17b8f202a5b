"""Caricatures, dreams on photos, and art."""

from torch import Tensor

from seethrough import dream, photo
from seethrough.errors import UserError
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, exhibit, gallery, layer_at
from seethrough.labs.tour.technique import ART
from seethrough.networks.head import last_linear
from seethrough.percent import percent
from seethrough.plots import sheet, show_image


def caricature(desk: Desk) -> Job[Sections]:
    """A photo with more of what each layer finds in it."""
    steps = 16 if desk.quick else 100
    layers = [layer_at(desk.network, depth) for depth in (0.1, 0.3, 0.6, 0.9)] + [last_linear(desk.network)]
    pixels = framed(desk.network, ["cat"])
    found = yield from dream.caricature.job(desk.network, pixels, layers=",".join(layers), steps=steps, seed=desk.seed)
    before = desk.network.classify(pixels, top=1)[0][0]
    grown = [str(guess) for guess in found.guesses]
    same = sum(guess.index == before.index for guess in found.guesses)
    return (
        exhibit(
            "caricature",
            found.figure(),
            "A cat, and its caricatures by five layers from the first to the classifier",
            f"{steps} steps; read as {', '.join(grown)} (the photo: {before}).",
            desk.command(f"dream caricature cat --layers {','.join(layers)} --steps {steps} --sheet caricatures.png"),
            text="min -<phi(x_0), phi(x)> + R_TV(x) + R_alpha(x), begun at the photo x_0: what a layer finds is "
            "emphasised, the whole "
            "configuration of features, not one of them.",
            answer=f"{same} of the {len(found)} caricatures are read as the photo was.",
            numbers={"layers": layers, "read as before": same, "reached": found.reached.tolist()},
        ),
    )


def deepdream(desk: Desk) -> Job[Sections]:
    """A deep dream of a photo."""
    octaves, steps, size = (2, 8, 224) if desk.quick else (4, 20, 384)
    layer = layer_at(desk.network, 0.6)
    found = yield from dream.deepdream.job(
        desk.network, photo("coffee"), layer=layer, octaves=octaves, steps=steps, size=size, seed=desk.seed
    )
    said = f"{octaves} sizes, {steps} steps each"
    return (
        exhibit(
            "deepdream",
            found.figure(),
            "A cup of coffee, and the same full of what the layer sees in it",
            f"{layer}, {said}, up to {size} pixels; now read as {found.guesses[0]}.",
            desk.command(
                f"dream deepdream coffee --layer {layer} --octaves {octaves} --steps {steps} --size {size} --sheet deep.png"
            ),
            text="Climb the strength of a layer's whole response: whatever it sees a little of, it gets more of.",
            numbers={"reached": float(found.reached[0]), "read as": found.guesses[0].label},
        ),
    )


def painting(desk: Desk) -> tuple[Tensor, str, str]:
    """Return a painting where one is at hand, else a bundled photo; its name, and what a command calls it."""
    file = desk.root / "paintings" / "starry_night.jpg"
    try:
        return photo(file), "The Starry Night", str(file)
    except UserError:
        return photo("coffee"), "the photo of coffee, in place of a painting", "coffee"


def style(desk: Desk) -> Job[Sections]:
    """A photo painted as another picture is."""
    painted, name, said = painting(desk)
    steps, size = (12, 160) if desk.quick else (150, 320)
    found = yield from dream.style.job(desk.network, photo("cat"), [painted], steps=steps, size=size, seed=desk.seed)
    first, last = float(found.trace[0, 0]), best(found.trace[0])
    figure, panels = sheet(1, 3, cell=(2.5, 3.0), title=f"Content and style ({desk.network.name})")
    for panel, image, words in zip(
        panels[0], (photo("cat"), painted, found.picture()), ("content", "style", "both"), strict=True
    ):
        show_image(panel, image, words)
    less = 1 - last / first if first else 0.0
    return (
        exhibit(
            "style",
            figure,
            "A cat, a picture whose style is taken, and the cat in that style",
            f"The style is of {name}; {steps} steps at {size} pixels. The sum of both differences fell by {percent(less)}.",
            desk.command(f"dream style cat --style {said} --steps {steps} --size {size} -o painted.png"),
            text="x* = arg min E(x; x_content, x_style): content statistics as in inversion, style statistics the correlations "
            "between channels. A VGG paints better than this network (--net torchvision:vgg19, to be downloaded).",
            numbers={"fell by": less, "style": name},
        ),
    )


def best(trace: Tensor) -> float:
    """Return the last number of a curve: some steps may be missing at its end."""
    known = trace[trace.isfinite()]
    return float(known[-1])


def texture(desk: Desk) -> Job[Sections]:
    """The style alone."""
    painted, name, said = painting(desk)
    steps, size = (12, 160) if desk.quick else (150, 320)
    found = yield from dream.texture.job(desk.network, [painted], steps=steps, size=size, seed=desk.seed)
    figure, panels = sheet(1, 2, cell=(2.5, 3.2), title=f"A texture ({desk.network.name})")
    show_image(panels[0, 0], painted, "given")
    show_image(panels[0, 1], found.picture(), "made from noise")
    first, last = float(found.trace[0, 0]), best(found.trace[0])
    less = 1 - last / first if first else 0.0
    return (
        exhibit(
            "texture",
            figure,
            "A picture, and a texture with its statistics",
            f"Of {name}; {steps} steps at {size} pixels. The difference of the correlations fell by {percent(less)}.",
            desk.command(f"dream texture {said} --steps {steps} --size {size} -o texture.png"),
            text="Correlations between channels say nothing of places: what comes back has the strokes and colours, "
            "not the scene.",
            numbers={"fell by": less, "style": name},
        ),
    )


PART = Part(
    ART,
    "G. Caricature and art",
    gallery(
        "G. Caricature and art",
        "The same loop, begun at a photo, or asked for the manner of another.",
        Exhibit(("caricature",), caricature),
        Exhibit(("deepdream",), deepdream),
        Exhibit(("style",), style),
        Exhibit(("texture",), texture),
    ),
)
