"""Gradient ascent: what classes and units look like, with better and better regularisers."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from seethrough import datasets, dream
from seethrough.datasets import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.tour.gallery import Exhibit, classes_known, exhibit, gallery, knows, seeded, where
from seethrough.labs.tour.technique import ASCENT
from seethrough.labs.tour.units import intermediate, networks, tv
from seethrough.labs.words import counted
from seethrough.networks.network import Network
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.results.dream import Dream

CLIMB: Mapping[str, Any] = {"stride": "unit-length", "rate": 8.0, "norm": 0.0001}
"""Steps large enough to be seen, and a weight of the norm that lets them."""
REGULARISERS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("L2 alone", {}),
    ("with blur", {"blur": 1.0, "every": 4}),
    ("small pixels to 0", {"clip_norm": 30.0}),
    ("small gradients to 0", {"clip_contribution": 30.0}),
    ("all three", {"blur": 1.0, "every": 4, "clip_norm": 20.0, "clip_contribution": 20.0}),
)


def top_of(found: Dream) -> int:
    """Count the dreams that are read as what they were to be."""
    return sum(guess.label == wish for guess, wish in zip(found.guesses, found.wishes, strict=True))


def read_back(found: Dream) -> str:
    """Say how many dreams are read as their class.

    >>> read_back(found)  # doctest: +SKIP
    'All 3 images are read as their class.'
    """
    return f"{counted(top_of(found), len(found), 'images').capitalize()} are read as their class by the network itself."


def numbers_of(found: Dream) -> dict[str, object]:
    """Return what a dream of classes measured."""
    shares = [] if found.probabilities is None else found.probabilities.tolist()
    return {"wishes": list(found.wishes), "probabilities": shares, "read as wished": top_of(found)}


def some_classes(
    key: str,
    recipe: str,
    wanted: tuple[str, ...],
    steps: tuple[int, int],
    idea: str,
    says: str,
    more: Mapping[str, Any],
) -> Exhibit:
    """Return the exhibit of classes dreamt by a recipe: in quick runs half of them, in fewer steps."""

    def make(desk: Desk) -> Job[Sections]:
        known = classes_known(desk.network, *wanted)[: 2 if desk.quick else len(wanted)]
        count = steps[0 if desk.quick else 1]
        found = yield from dream.class_.job(desk.network, known, recipe=recipe, steps=count, seed=desk.seed, **more)
        settings = "".join(f" --{name.replace('_', '-')} {value}" for name, value in more.items())
        quoted = " ".join(f'"{name}"' if " " in name else name for name in known)
        return (
            exhibit(
                key,
                found.figure(),
                f"Images optimised for {', '.join(known)}",
                f"{says} {count} steps, recipe {recipe}; above each image the probability of its class.",
                desk.command(f"dream class {quoted} --recipe {recipe} --steps {count}{settings} --sheet dreams.png"),
                text=idea,
                answer=read_back(found),
                numbers=numbers_of(found),
            ),
        )

    return Exhibit((key,), make)


def regularisers(desk: Desk) -> Job[Sections]:
    """One class under each regulariser alone, and all of them."""
    (wanted,), steps = classes_known(desk.network, "flamingo"), 16 if desk.quick else 200
    found = []
    for place, (_, changes) in enumerate(REGULARISERS):
        work = dream.class_.job(
            desk.network, wanted, recipe="simonyan", steps=steps, seed=desk.seed, **CLIMB, **changes
        )
        one, _ = yield from part_of(work, place, len(REGULARISERS))
        found.append(one)
    figure, panels = sheet(1, len(found), cell=(2.9, 2.3), title=f"{wanted} ({desk.network.name})")
    shares, rough = {}, {}
    for panel, (name, _), one in zip(panels[0], REGULARISERS, found, strict=True):
        assert one.probabilities is not None
        shares[name] = float(one.probabilities[0])
        rough[name] = float((one.images[0].diff(dim=-1).abs().mean() + one.images[0].diff(dim=-2).abs().mean()) / 2)
        show_image(panel, one.images[0], f"{name}\n{percent(shares[name])}")
    smoothest = min(rough, key=lambda name: rough[name])
    surest = max(shares, key=lambda name: shares[name])
    return (
        exhibit(
            "regularisers",
            figure,
            f"Images of {wanted} with the L2 norm alone, with blur, with small pixels cleared, with small gradients "
            "cleared, all",
            f"{steps} steps each; above each image the probability of {wanted}.",
            desk.python(
                *(
                    f'dream.class_(network, "{wanted}", recipe="simonyan", steps={steps}{seeded(desk)}'
                    + "".join(f", {key}={value!r}" for key, value in {**CLIMB, **changes}.items())
                    + f').save("{place}.png")'
                    for place, (_, changes) in enumerate(REGULARISERS)
                ),
                uses="dream",
            ),
            text="Now and then, between steps: blur the image; clear the pixels of small value; clear those that "
            "hardly matter to "
            "the score. Each keeps out what is no picture, and can be used alone.",
            answer=f"Surest is {surest} ({percent(shares[surest])}), smoothest {smoothest} (neighbouring pixels differ by "
            f"{rough[smoothest]:.3f} on average; with L2 alone by {rough['L2 alone']:.3f}).",
            numbers={"class": wanted, "probabilities": shares, "roughness": rough},
        ),
    )


def facets(desk: Desk) -> Job[Sections]:
    """Kinds of one class: of beagles where pets are at hand, else of an embedded digit."""
    steps, kinds = 16 if desk.quick else 150, 3 if desk.quick else 4
    network, wanted, data, code = of_one_class(desk)
    pixels = network.frame([data[place] for place in range(len(data))])
    found = yield from dream.facets.job(network, pixels, wanted, count=kinds, nearest=8, steps=steps, seed=desk.seed)
    figure, panels = sheet(2, kinds, cell=(2.4, 2.3), title=f"Kinds of {wanted} ({network.name})")
    assert found.starts is not None and found.probabilities is not None
    for place in range(kinds):
        show_image(panels[0, place], found.starts[place], f"kind {place + 1}: the mean")
        show_image(panels[1, place], found.images[place], percent(float(found.probabilities[place])))
    return (
        exhibit(
            "facets",
            figure,
            f"{kinds} means of kinds of pictures of {wanted}, and below them images optimised from there",
            f"{len(data)} pictures of {wanted} ({data.name}); the half that excites the class most in {kinds} kinds "
            "by their codes; "
            f"above, the mean of the 8 nearest to each kind's middle, below, {steps} steps from there, and the probability.",
            code(
                "pixels = network.frame([data[place] for place in range(len(data))])",
                f'found = dream.facets(network, pixels, "{wanted}", count={kinds}, nearest=8, steps={steps}{seeded(desk)})',
                'found.save("kinds.png")',
            ),
            text="One class covers different kinds of pictures, and a unit answers to all of them; from noise, an "
            "image comes to one.",
            answer=read_back(found),
            numbers=numbers_of(found) | {"class": wanted, "pictures": len(data)},
        ),
    )


def of_one_class(desk: Desk) -> tuple[Network, str, Dataset, Callable[..., str]]:
    """Return a network, a class, pictures of it, and the Python that brings them as `network` and `data`."""
    if knows(desk.network, "beagle"):
        try:
            pets = datasets.load("oxford-pets", None, root=desk.root)
        except UserError:
            pass
        else:
            lines = (
                f'pets = datasets.load("oxford-pets", None{where(desk)})',
                f"data = pets.part((pets.labels == {pets.classes.index(BEAGLE)}).nonzero()[:, 0])",
            )
            kept = pets.part((pets.labels == pets.classes.index(BEAGLE)).nonzero()[:, 0])
            return desk.network, "beagle", kept, lambda *more: desk.python(*lines, *more, uses="datasets, dream")
    digits = datasets.load("digits")
    imports = "from seethrough import datasets, dream, load\n\n"
    brought = (
        'network, digits = load("mnist-cnn"), datasets.load("digits")',
        f"data = digits.part((digits.labels == {DIGIT}).nonzero()[:, 0])",
    )
    sevens = digits.part((digits.labels == DIGIT).nonzero()[:, 0])
    return load("mnist-cnn"), str(DIGIT), sevens, lambda *more: imports + "\n".join((*brought, *more))


def centre(desk: Desk) -> Job[Sections]:
    """One class, with and without a bias to the middle."""
    (wanted,), steps = classes_known(desk.network, "goldfish"), 30 if desk.quick else 300
    ways = (("everywhere", 0.0), ("from the middle", 0.25))
    found = []
    for place, (_, far) in enumerate(ways):
        work = dream.class_.job(desk.network, wanted, steps=steps, centre=far, seed=desk.seed, **PIXELS)
        one, _ = yield from part_of(work, place, len(ways))
        found.append(one)
    figure, panels = sheet(1, 2, cell=(3.2, 3.0), title=f"{wanted} ({desk.network.name})")
    middle = {}
    for panel, (name, _), one in zip(panels[0], ways, found, strict=True):
        middle[name] = in_the_middle(one.images[0])
        show_image(panel, one.images[0], f"{name}\n{percent(middle[name])} in the middle")
    more = "more" if middle["from the middle"] > middle["everywhere"] else "no more"
    settings = "".join(f", {key}={value!r}" for key, value in PIXELS.items())
    return (
        exhibit(
            "centre",
            figure,
            f"Images of {wanted} whose pixels may move everywhere, and most in the middle",
            f"{steps} steps; below the names, how much of what is not one colour lies in the middle quarter of the area.",
            desk.python(
                *(
                    f'dream.class_(network, "{wanted}", steps={steps}, '
                    f'centre={far}{settings}{seeded(desk)}).save("{place}.png")'
                    for place, (_, far) in enumerate(ways)
                ),
                uses="dream",
            ),
            text="Pixels move by exp(-distance^2 / 2 sigma^2) of what the gradient says, sigma a quarter of the "
            "image here: one thing "
            "in the middle, not many all over.",
            answer=f"With the bias there is {more} in the middle: {percent(middle['from the middle'])} after "
            f"{percent(middle['everywhere'])} (an even picture has 25 %).",
            numbers={"class": wanted, "middle": middle},
        ),
    )


def in_the_middle(image: Tensor) -> float:
    """Return the share of an image's variance about its mean colour that lies in the middle quarter of its area.

    >>> in_the_middle(torch.rand(3, 40, 40)) > 0.2
    True
    """
    squares = (image - image.mean((1, 2), keepdim=True)).square().sum(0)
    high, wide = squares.shape
    inner = squares[high // 4 : high - high // 4, wide // 4 : wide - wide // 4].sum()
    return float(inner / squares.sum().clamp(min=1e-12))


BEAGLE, DIGIT = "Beagle", 7
PIXELS: Mapping[str, Any] = {"recipe": "yosinski-1", "stride": "unit-length", "rate": 8.0, "views": "shifts"}
PART = Part(
    ASCENT,
    "E. Gradient ascent",
    gallery(
        "E. Gradient ascent",
        "Synthetic images that a class or a unit answers to most: I* = arg max f(I) + R(I), f the score or value, R "
        "a natural image "
        "regulariser. Few steps give only the beginnings of a picture.",
        some_classes(
            "ascent-l2",
            "simonyan",
            ("dumbbell", "cup", "dalmatian", "bell pepper", "lemon", "Siberian husky"),
            (16, 200),
            "arg max S_c(I) - lambda |I|^2, S_c the score before the softmax. Begin with one colour; forward, "
            "backward, a small "
            "step, again.",
            "The simple regulariser:",
            CLIMB,
        ),
        Exhibit(("regularisers",), regularisers),
        some_classes(
            "better",
            "yosinski-1",
            ("flamingo", "pelican", "ground beetle", "Indian cobra", "hartebeest", "beach wagon", "black swan"),
            (24, 300),
            "Several regularisers together, near one of four published settings (Yosinski et al. 2015), with random shifts.",
            "Blur, and clearing the pixels of small norm:",
            {"stride": "unit-length", "rate": 8.0, "views": "shifts"},
        ),
        some_classes(
            "natural",
            "painted",
            ("goldfish", "school bus", "ostrich", "monarch"),
            (24, 350),
            "What is there only for one place, one size or one light does not last under random views.",
            "Waves in place of pixels, seen through random crops and turns:",
            {},
        ),
        Exhibit(("intermediate",), intermediate),
        Exhibit(("networks",), networks),
        Exhibit(("tv",), tv),
        Exhibit(("facets",), facets),
        Exhibit(("centre",), centre),
    ),
)
