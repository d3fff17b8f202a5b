"""A, second half: the same unit under no regulariser, the norm, Yosinski's, and what is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seethrough import dream, fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.vivid import vivid
from seethrough.labs.words import listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.dream import Dream

KNOWN = ("goldfish", "espresso", "daisy", "monarch")
"""Classes that have a look of their own, where the network has them."""

TRIED: Mapping[str, Mapping[str, Any]] = {
    "nothing": {"recipe": "simonyan", "norm": 0.0},
    "the norm": {"recipe": "simonyan"},
    "Yosinski 1": {"recipe": "yosinski-1"},
    "Yosinski 2": {"recipe": "yosinski-2"},
    "Yosinski 3": {"recipe": "yosinski-3"},
    "Yosinski 4": {"recipe": "yosinski-4"},
    "natural spectrum": {"recipe": "natural"},
    "waves and crops": {"recipe": "painted"},
}
SAYS = {
    "nothing": "no regulariser",
    "the norm": "0.001 times the squared L2 norm of the image (Simonyan et al. 2014)",
    "Yosinski 1": "blur of 0.5 pixels every 4 steps; the half of the pixels that are smallest are cleared",
    "Yosinski 2": "each step takes 30 % of the way back to the mean colour; the smallest 20 % of the pixels are cleared",
    "Yosinski 3": "blur of 1 pixel every 4 steps, and a little decay",
    "Yosinski 4": "blur of 0.5 pixels every 4 steps; the 90 % of the pixels that add least are cleared",
    "natural spectrum": "the spectrum is asked to fall as that of photographs (part B)",
    "waves and crops": "the image is written as waves and seen through random crops, turns, sizes, light and noise",
}


@dataclass(frozen=True)
class Trial:
    """A regulariser, and of its images: the mean probability, how many of 12 changes they last, how their spectrum falls."""

    name: str
    probability: float
    lasts: float
    fall: float


def classes_to_show(network: Network, count: int) -> list[str]:
    """Return classes with a look of their own, or else the first ones."""
    names = network.labels.names
    known = [name for name in KNOWN if name in names]
    return (known + [name for name in names if name not in known])[:count]


def regularisers(desk: Desk) -> Job[Sections]:
    """Dream the same classes under every regulariser, with equal steps."""
    network, steps = desk.network, 12 if desk.quick else 200
    classes = classes_to_show(network, 1 if desk.quick else 2)
    dreams: list[Dream] = []
    trials: list[Trial] = []
    for place, (name, settings) in enumerate(TRIED.items()):
        work = dream.class_.job(network, classes, steps=steps, seed=desk.seed, **settings)
        found, _ = yield from part_of(work, 2 * place, 2 * len(TRIED))
        changed, _ = yield from part_of(fool.survival.job(network, found.images), 2 * place + 1, 2 * len(TRIED))
        wished = [network.resolve_class(one) for one in classes]
        held = [sum(one.index == index for one in row[1:]) for index, row in zip(wished, changed.guesses, strict=True)]
        assert found.probabilities is not None
        falls = float("nan") if found.falls is None else float(found.falls.mean())
        trials.append(Trial(name, float(found.probabilities.mean()), sum(held) / len(held), falls))
        dreams.append(found)
    natural = dreams[0].natural_falls
    # Grey pictures lose nothing by becoming grey: one change is left out for networks of one channel.
    ways = len(changed.changes) - 1
    return (_side_by_side(desk, classes, dreams, trials, steps, ways, natural),)


def _side_by_side(
    desk: Desk,
    classes: Sequence[str],
    dreams: Sequence[Dream],
    trials: Sequence[Trial],
    steps: int,
    ways: int,
    natural: tuple[float, float] | None,
) -> Section:
    columns = 4
    rows = len(classes) * (len(dreams) // columns)
    figure, panels = sheet(rows, columns, cell=(2.7, 2.3), title=f"Eight regularisers ({desk.network.name})")
    drawn = [
        (found, trial, place) for place in range(len(classes)) for found, trial in zip(dreams, trials, strict=True)
    ]
    for panel, (found, trial, place) in zip(panels.flat, drawn, strict=True):
        assert found.probabilities is not None
        shown, factor = vivid(found.images[place], desk.network.mean_colour)
        sure = percent(float(found.probabilities[place]))
        show_image(panel, shown, f"{trial.name}{factor}\n{classes[place]} {sure}")
    code = desk.python(
        "for recipe in ('simonyan', 'yosinski-1', 'yosinski-2', 'yosinski-3', 'yosinski-4', 'natural', 'painted'):",
        f"    found = dream.class_(network, {list(classes)!r}, recipe=recipe, steps={steps}, seed={desk.seed})",
        "    found.save(f'{recipe}.png')",
        "    print(recipe, found)",
        uses="dream",
    )
    return Section(
        "Better regularisers, side by side (optional in the sheet)",
        f"Classes of the last layer before the softmax ({listed(classes)}), {steps} steps under each. Whether an image rests "
        "on more than single pixels can be measured: it is mirrored, cropped, turned, made grey, compressed, blurred and so "
        f"on, {ways} changes in all, and we count after how many the network still reads the class.",
        (
            picture(
                figure,
                f"{len(drawn)} images of {listed(classes)} under eight regularisers",
                "The same classes under eight regularisers; with x 5 the difference from the mean colour is drawn five times "
                "as strong. " + " ".join(f"{name}: {says}." for name, says in SAYS.items()),
                code,
            ),
        ),
        (
            Table(
                ("regulariser", "probability", f"read so after (of {ways})", "amplitude falls as 1/f^"),
                tuple((one.name, percent(one.probability), one.lasts, round(one.fall, 2)) for one in trials),
                "Means over the classes."
                + (
                    f" In the bundled photographs the exponent is {natural[0]:.2f} to {natural[1]:.2f}."
                    if natural
                    else ""
                ),
            ),
        ),
        task="Try better regularisers than the norm, such as Yosinski's.",
        answer=which_is_better(trials, ways, natural),
        numbers={
            "classes": list(classes),
            "names": [one.name for one in trials],
            "probabilities": [one.probability for one in trials],
            "lasts": [one.lasts for one in trials],
            "falls": [one.fall for one in trials],
            "changes": ways,
            "natural": list(natural or ()),
        },
        level=3,
    )


def which_is_better(trials: Sequence[Trial], ways: int, natural: tuple[float, float] | None) -> str:
    """Say which images last, which are sure and fragile, and which have the spectrum of photographs."""
    most = max(one.lasts for one in trials)
    best = [one.name for one in trials if one.lasts == most]
    plain = next(one for one in trials if one.name == "nothing")
    if most == 0:
        lasting = f"No image is read as its class after any of the {ways} changes: more steps are needed."
    elif plain.lasts == most:
        lasting = (
            f"Images without any regulariser last as long as the others do (after {plain.lasts:.3g} of {ways} changes): "
            "by this measure a regulariser brings nothing here."
        )
    else:
        lasting = (
            f"The images that last best were made with {listed(best)}: still read as the class after {most:.3g} of {ways} "
            f"changes, those without a regulariser after {plain.lasts:.3g}."
        )
    fragile = [one.name for one in trials if one.probability > 0.9 and one.lasts < most / 2]
    surely = (
        f" A high probability alone says little: {listed(fragile)} came above 90 %, and last half as well at most."
        if fragile
        else ""
    )
    if natural is None:
        return lasting + surely
    middle = sum(natural) / 2
    near = min(trials, key=lambda one: abs(one.fall - middle))
    inside = natural[0] <= near.fall <= natural[1]
    return (
        f"{lasting}{surely} The spectrum comes nearest to that of photographs with {near.name} "
        f"(exponent {near.fall:.2f}{', as in photographs' if inside else ', still outside the range of photographs'})."
    )
