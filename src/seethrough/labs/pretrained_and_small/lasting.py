"""Problem 4, part 2: whether the misleading images go on misleading once they are changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from seethrough import fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.fooled import fooled, goals, settings
from seethrough.labs.pretrained_and_small.material import TARGETS, missing_peppers, subjects
from seethrough.labs.pretrained_and_small.measures import strength_left
from seethrough.labs.words import counted, listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.fooling import Fooling
from seethrough.results.survival import Survival

ASKED = 5
"""The changes of the sheet, with none before them, are the first of those that `fool.survival` tries."""
MEANINGS = {
    "mirror": ("left and right are swapped", "it was moved to the other side, the other way round"),
    "crop 80 %": (
        "the middle that holds 80 % of the thing is enlarged to the whole",
        "it was moved, stretched, and smoothed by the stretching",
    ),
    "rotation 30°": (
        "the image is turned by 30 degrees",
        "it was moved, turned, and smoothed by the turning",
    ),
    "grey": (
        "each pixel's three colours are replaced by its brightness",
        "it stayed where it was, but what was a different change to each colour became one to all three",
    ),
}
"""What each change of the sheet is, and what it does to the noise."""
HARDLY, FULL = 0.5, 0.95
"""Shares of the noise's strength: less than the first is little, more than the second is all of it."""


@dataclass(frozen=True)
class Reading:
    """What one changed image is read as, and the clean photo changed alike.

    `wanted` and `shown` are the probabilities of the class it was made for, and of the one the photo was read as before the
    attack; `healed` says that it is read as that again.
    """

    photo: str
    now: str
    probability: float
    wanted: float
    shown: float
    as_wanted: bool
    healed: bool
    clean: str
    clean_probability: float
    clean_as_before: bool


@dataclass(frozen=True)
class Changed:
    """One change: how strong the noise still is after it, and what the images are read as."""

    change: str
    left: float
    readings: tuple[Reading, ...]


def lasting(desk: Desk) -> Job[Sections]:
    """Mirror, crop, turn and grey the four misleading images, and the clean photos beside them."""
    network, four = desk.network, subjects(desk)
    found, _ = yield from part_of(fooled(desk), 0, 3)
    boxes = [one.within(network) for one in four]
    truths = found.shows.tolist()
    changed, _ = yield from part_of(fool.survival.job(network, found, box=boxes), 1, 3)
    clean, _ = yield from part_of(fool.survival.job(network, found.originals, truths, box=boxes), 2, 3)
    named = replace(of_the_sheet(changed), photos=tuple(one.name for one in four))
    rows = readings(network, found, named, of_the_sheet(clean))
    numbers = [asdict(one) for one in rows]
    first = Section(
        "Problem 4, Part 2. Do the images go on misleading?",
        "\n\n".join(
            filter(
                None,
                [
                    missing_peppers(desk),
                    "The four misleading images of part 1 are changed in four ways, as they are in the computer (not rounded "
                    "to a file's levels). The clean photos are changed alike: where a clean photo is read as something else "
                    "after a change, too, the change itself is to blame, and not the noise alone. The crop is made about the "
                    "thing, where a person marked it.",
                ],
            )
        ),
        (
            picture(
                named.figure(),
                "Each of the four misleading images as it is, mirrored, cropped, turned and grey, with its new class",
                "The new likeliest class and its probability stand above each image; its edge tells whether it still misleads.",
                code(desk),
            ),
        ),
        (_table(rows), _summary(rows)),
        task="Mirror the four images, crop them to 80 % of the thing, turn them by 30 degrees, make them grey, and see what "
        "becomes of the predicted classes.",
        answer=overall(rows),
        numbers={"changes": numbers},
    )
    return (first, *(_section(one) for one in rows[1:]))


def of_the_sheet(lasts: Survival) -> Survival:
    """Return the changes that the sheet asks for alone."""
    return replace(
        lasts,
        images=lasts.images[:, :ASKED],
        changes=lasts.changes[:ASKED],
        guesses=tuple(row[:ASKED] for row in lasts.guesses),
        lasts=lasts.lasts[:, :ASKED],
    )


def readings(network: Network, found: Fooling, changed: Survival, clean: Survival) -> list[Changed]:
    """Return what is read after every change, and how strong the noise then is."""
    wanted, shown = goals(network), found.shows.tolist()
    noise = found.images - found.originals
    said = []
    for way, change in enumerate(changed.changes):
        one, other = changed.images[:, way], clean.images[:, way]
        probabilities = _probabilities(network, one)
        rows = []
        for place, photo in enumerate(changed.photos):
            now, before = changed.guesses[place][way], clean.guesses[place][way]
            rows.append(
                Reading(
                    photo=photo,
                    now=now.label,
                    probability=now.probability,
                    wanted=float(probabilities[place, wanted[place]]),
                    shown=float(probabilities[place, shown[place]]),
                    as_wanted=now.index == wanted[place],
                    healed=now.index == shown[place],
                    clean=before.label,
                    clean_probability=before.probability,
                    clean_as_before=before.index == shown[place],
                )
            )
        said.append(Changed(change, strength_left(one, other, noise), tuple(rows)))
    return said


def code(desk: Desk) -> str:
    """Return the Python that repeats the figure."""
    how = ", ".join(f"{name}={value!r}" for name, value in settings(desk).items())
    four = subjects(desk)
    return "from seethrough.labs.pretrained_and_small.lasting import of_the_sheet\n" + desk.python(
        f"photos = [photo(source) for source in {[one.source for one in four]}]",
        f"found = fool.clip_ascent(network, network.frame(photos), to={list(TARGETS)}, {how})",
        f"boxes = {[one.within(desk.network) for one in four]}".replace("[", "[\n    ").replace("), ", "),\n    "),
        "lasts = fool.survival(network, found, box=boxes)",
        'of_the_sheet(lasts).save("lasts.png")',
        uses="fool, photo",
    ).replace("network = load", "from seethrough.networks.frame import Box\n\nnetwork = load", 1)


def overall(rows: Sequence[Changed]) -> str:
    """Say which changes the images last through."""
    changes = rows[1:]
    said = []
    for one in changes:
        wanted, healed = (
            sum(told) for told in zip(*((each.as_wanted, each.healed) for each in one.readings), strict=True)
        )
        said.append(f"{one.change}: {wanted} as wanted, {healed} as before the attack")
    total = sum(each.as_wanted for one in changes for each in one.readings)
    count = sum(len(one.readings) for one in changes)
    verdict = (
        "these images are fragile"
        if total < count / 3
        else "they last well"
        if total > 2 * count / 3
        else "some last, some do not"
    )
    return (
        f"Of {len(rows[0].readings)} images after each change: {'; '.join(said)}. Together {total} of {count} are read as "
        f"wanted: {verdict}. They were made for one view alone; to last, the noise would have to be made for "
        "many views at once."
    )


def discussed(one: Changed) -> str:
    """Say what a change did, and why that may be."""
    rows = one.readings
    kept = [each for each in rows if each.as_wanted]
    healed = [each for each in rows if each.healed]
    other = [each for each in rows if not each.as_wanted and not each.healed]
    said = [f"{counted(len(kept), len(rows), 'images').capitalize()} are still read as wanted."]
    if healed:
        told = [f"{each.photo} ({each.now} {percent(each.probability)})" for each in healed]
        said.append(f"Read as before the attack: {listed(told)}.")
    if other:
        told = [f"{each.photo} as {each.now} ({percent(each.probability)})" for each in other]
        said.append(f"Read as something else again: {listed(told)}.")
        blame = [f"{each.photo} as {each.clean}" for each in other if not each.clean_as_before]
        if blame:
            said.append(
                "There the noise is not alone to blame: after this change even the clean photo is read otherwise, "
                f"{listed(blame)}."
            )
    strength = "all of its strength" if one.left >= FULL else f"{percent(one.left)} of its strength"
    lasts = len(kept) > len(rows) / 2
    if lasts:
        why = "which seems to be enough"
    elif one.left < HARDLY:
        why = "which seems to be too little"
    else:
        why = f"{'so' if one.left >= FULL else 'much of it:'} it seems to work only as it was made"
    said.append(f"The noise keeps {strength}, {why}{'' if lasts else f', and {MEANINGS[one.change][1]}'}.")
    return " ".join(said)


def _section(one: Changed) -> Section:
    return Section(
        one.change.capitalize(),
        task=f"What becomes of the images when {MEANINGS[one.change][0]}, and why?",
        answer=discussed(one),
        numbers={
            "as wanted": sum(each.as_wanted for each in one.readings),
            "as before": sum(each.healed for each in one.readings),
            "noise left": one.left,
        },
        level=3,
    )


def _table(rows: Sequence[Changed]) -> Table:
    return Table(
        ("change", "photo", "now", "probability", "P(wanted)", "P(first class)", "clean photo"),
        tuple(
            (
                one.change,
                each.photo,
                each.now,
                percent(each.probability),
                percent(each.wanted),
                percent(each.shown),
                f"{each.clean} {percent(each.clean_probability)}",
            )
            for one in rows
            for each in one.readings
        ),
        "After every change: the likeliest class of the misleading image with its probability, the probability of the wanted "
        "class and of the class the photo was first read as, and what the clean photo is read as after the same change.",
    )


def _summary(rows: Sequence[Changed]) -> Table:
    return Table(
        ("change", "as wanted", "as before the attack", "clean photos as before", "strength of the noise left"),
        tuple(
            (
                one.change,
                sum(each.as_wanted for each in one.readings),
                sum(each.healed for each in one.readings),
                sum(each.clean_as_before for each in one.readings),
                percent(one.left),
            )
            for one in rows
        ),
        f"Of {len(rows[0].readings)} images. The strength of the noise is its root mean square beside that before the change.",
    )


def _probabilities(network: Network, images: Tensor) -> Tensor:
    with torch.no_grad():
        return network(images).float().softmax(1).cpu()
