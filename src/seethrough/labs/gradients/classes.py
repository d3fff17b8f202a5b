"""Question 8: images of classes by the sheet's own recipe."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.words import counted, listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.dream import Dream

KNOWN = ("goldfish", "espresso", "daisy", "monarch", "tarantula")
"""Classes with a look of their own, where the network has them."""
SHEET: dict[str, Any] = {"recipe": "course", "stride": "plain", "rate": 0.5, "norm_power": 1}
"""x <- x + rate * gradient of (score - 0.001 |x|), begun with noise, with random shifts, and a blur every 4 steps."""


def classes_to_dream(network: Network, count: int) -> list[str]:
    """Return classes with a look of their own, or else the first ones."""
    names = network.labels.names
    known = [name for name in KNOWN if name in names]
    return (known + [name for name in names if name not in known])[:count]


def sheet_words(**more: object) -> str:
    """Write the sheet's recipe as arguments of Python."""
    return ", ".join(f"{name}={value!r}" for name, value in {**SHEET, **more}.items())


def classes(desk: Desk) -> Job[Sections]:
    """Dream classes by the sheet's recipe, and by a better one."""
    network, steps = desk.network, 40 if desk.quick else 200
    wished = classes_to_dream(network, 3 if desk.quick else 5)
    found, _ = yield from part_of(dream.class_.job(network, wished, steps=steps, seed=desk.seed, **SHEET), 0, 2)
    better_steps = 30 if desk.quick else 200
    better, _ = yield from part_of(dream.class_.job(network, wished, steps=better_steps, seed=desk.seed), 1, 2)
    assert found.probabilities is not None and better.probabilities is not None
    rows = tuple(
        (name, float(found.reached[k]), percent(float(found.probabilities[k])), str(found.guesses[k]))
        for k, name in enumerate(wished)
    )
    return (
        Section(
            "Section 3 – Class visualisation",
            "The rule of the sheet: x ← x + η ∇L with L = score - λ‖x‖, here with η = 0.5 and λ = 0.001 for pixels from 0 to "
            "1, the norm taken about the network's mean colour. The image begins as slight noise; before every step it is "
            "shifted at random (by up to a 14th of its side), and every 4 steps it is blurred by 1 pixel.",
            task="Change noise so that the score of a class becomes as large as possible, with the L2 norm, shifts and blurs "
            "as regularisers.",
        ),
        Section(
            "Question 8 (★): the images, and what they show",
            f"{steps} steps each. The second row is made by what works better: the image is written as waves and seen through "
            f"random crops, turns, sizes, light and noise, {better_steps} steps.",
            (
                picture(
                    two_rows(network, wished, found, better),
                    f"images of {listed(wished)}, by the sheet's recipe and by a better one",
                    "First row: by the sheet's recipe. Second row: waves and random crops.",
                    desk.python(
                        f"found = dream.class_(network, {wished!r}, {sheet_words(steps=steps, seed=desk.seed)})",
                        "print(found)",
                        "found.save('classes.png')",
                        f"dream.class_(network, {wished!r}, steps={better_steps}, seed={desk.seed}).save('better.png')",
                        uses="dream",
                    ),
                ),
                picture(
                    found.curve(),
                    "the wish by step",
                    "What is climbed, score less norm, step by step, under the random shifts.",
                    desk.python(
                        f"found = dream.class_(network, {wished!r}, {sheet_words(steps=steps, seed=desk.seed)})",
                        "found.curve().savefig('curve.png')",
                        uses="dream",
                    ),
                ),
            ),
            (
                Table(
                    ("class", "score reached", "probability", "read as"),
                    rows,
                    "By the sheet's recipe; measured on the image as it is, without shifts.",
                ),
            ),
            task="Show and interpret the results.",
            answer=shown(
                wished,
                found.probabilities.tolist(),
                None if found.falls is None else float(found.falls.mean()),
                found.natural_falls,
            ),
            numbers={
                "classes": wished,
                "scores": found.reached.tolist(),
                "probabilities": found.probabilities.tolist(),
                "read": [guess.label for guess in found.guesses],
                "better_probabilities": better.probabilities.tolist(),
                "falls": [] if found.falls is None else found.falls.tolist(),
                "better_falls": [] if better.falls is None else better.falls.tolist(),
            },
            level=3,
        ),
    )


def two_rows(network: Network, wished: Sequence[str], found: Dream, better: Dream) -> Figure:
    """Draw the classes in two rows: the sheet's recipe, and the better one."""
    figure, panels = sheet(2, len(wished), cell=(2.4, 2.2), title=f"Classes ({network.name})")
    for row, one in zip(panels, (found, better), strict=True):
        for place, (panel, image) in enumerate(zip(row, one.images, strict=True)):
            show_image(panel, image, one.title(place))
    return figure


def shown(
    wished: Sequence[str], probabilities: Sequence[float], fall: float | None, natural: tuple[float, float] | None
) -> str:
    """Say whether the network is sure of the images, and how little they need to look like photographs."""
    sure = [name for name, one in zip(wished, probabilities, strict=True) if one > 0.9]
    said = f"The network is sure (above 90 %) of {counted(len(sure), len(wished), 'images')}."
    if sure:
        said += (
            " What one sees are parts that speak for the class, small and in many places, in any position and size: the score "
            "asks for as much evidence as fits into the image, not for one object in a scene."
        )
    else:
        said += (
            " More steps or another rate are needed before anything can be said about what it looks for (question 9)."
        )
    if fall is not None and natural is not None:
        said += (
            f" The strength of their waves falls as 1/f^{fall:.2f}, in photographs as 1/f^{natural[0]:.2f} to "
            f"1/f^{natural[1]:.2f}"
        )
        said += (
            ": they are finer grained than any photograph. That the network is sure of them all the same shows that its answer "
            "rests on local texture, not on a likeness."
            if fall < natural[0] - 0.1
            else ", so that in this respect they are like photographs."
        )
    return said
