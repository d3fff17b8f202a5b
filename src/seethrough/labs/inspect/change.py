"""How large a change to a photo is, and what is to be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from seethrough.labs.words import counted, listed
from seethrough.percent import percent
from seethrough.results.fooling import Fooling

JPEG = "JPEG 90"
"""The change whose size an attack's is laid beside: one that nobody sees."""


@dataclass(frozen=True)
class Change:
    """What an image was to be read as and is read as, how far it is from the photo, and what that took.

    `largest` and `mean` are of the sizes by which values of pixels are moved, in levels of 255; `moved` is the share of them
    that are moved at all; `l2` is in pixels from 0 to 1.
    """

    goal: str
    read_as: str
    probability: float
    before: float
    success: bool
    largest: float
    mean: float
    moved: float
    l2: float
    gradients: int


def changes(found: Fooling) -> list[Change]:
    """Measure what an attack did to each image, on what it returned."""
    measured = []
    for place, guess in enumerate(found.after):
        levels = (found.images[place] - found.originals[place]).abs() * 255
        measured.append(
            Change(
                found.goals[place],
                guess.label,
                guess.probability,
                float(found.goal_before[place]),
                bool(found.success[place]),
                float(found.linf[place]) * 255,
                float(levels.mean()),
                float((levels > 0.5).float().mean()),
                float(found.l2[place]),
                int(found.gradients[place]),
            )
        )
    return measured


def how_little(change: Change, values: int) -> str:
    """Say how large the least change is."""
    if not change.success:
        return (
            f"No change that is misread was found in {change.gradients} gradients: the nearest try is still read as "
            f"{change.read_as} ({percent(change.probability)})."
        )
    return (
        f"It is enough to move the values of the pixels by {_levels(change.largest)} of 255 at most and "
        f"{change.mean:.2g} on average; {percent(1 - change.moved)} of the {values:,} values stay as they are. The photo is "
        f"then read as {change.read_as} ({percent(change.probability)}). {_seen(change.largest)} In all it lies "
        f"{change.l2:.2f} from the photo (L2: the root of the sum of squares, with pixels from 0 to 1), and "
        f"{change.gradients} gradients found it."
    )


def how_far(each: Sequence[Change], sure: float) -> str:
    """Say which classes the photo could be led into, and what it took."""
    said = []
    for change in each:
        goal = change.goal.removeprefix("read as ")
        size = f"{_levels(change.largest)} of 255 at most, {change.mean:.2g} on average, L2 {change.l2:.2f}"
        if not change.success:
            said.append(
                f"{goal.capitalize()} was not reached in {change.gradients} gradients: it is read as {change.read_as} "
                f"({percent(change.probability)}) after a change of {size}."
            )
            continue
        said.append(
            f"From {percent(change.before)} to {percent(change.probability)} {goal}: {size}, {change.gradients} gradients."
        )
        if change.probability < sure:
            said.append(f"That falls short of the {percent(sure)} asked for.")
    reached = [change for change in each if change.success]
    if len(reached) > 1:
        cheap, dear = (f(reached, key=lambda change: change.l2) for f in (min, max))
        if dear.l2 > 1.2 * cheap.l2:
            said.append(
                f"The way to {dear.read_as} is {dear.l2 / cheap.l2:.1f} times as long as the way to {cheap.read_as}"
                + (", which was likelier to begin with." if cheap.before > dear.before else ".")
            )
        else:
            said.append("Both ways are about equally long.")
    return " ".join(said)


def why_now(each: Sequence[Change], alike: Sequence[float | None], before: str) -> str:
    """Say whether the network looks elsewhere once it is fooled; `alike` are rank correlations of the maps."""
    said = []
    for change, like in zip(each, alike, strict=True):
        if not change.success or like is None:
            continue
        where = "the same places" if like > 0.7 else "partly other places" if like > 0.3 else "other places altogether"
        said.append(f"for {change.read_as} it looks at {where} (rank correlation {like:.2f})")
    if not said:
        return ""
    return f"Grad-CAM shows what it looks at: compared with {before} in the photo, {listed(said)}."


def what_lasts(
    names: Sequence[str], tried: Sequence[str], lasts: Sequence[Sequence[bool]], same: Sequence[Sequence[bool]]
) -> str:
    """Say through how many changes each image goes on being misread, and which change undoes them all.

    `lasts` and `same` tell of each image and change whether it is still misread, and as the same class.
    """
    if not names:
        return "None of them misleads as it is, so there is nothing to last."
    said = [
        f"Read as {name}, the photo stays misread after {counted(sum(row), len(tried), 'changes')}"
        + ("" if sum(kept) == sum(row) else f", as {name} after {sum(kept)}")
        + "."
        for name, row, kept in zip(names, lasts, same, strict=True)
    ]
    undone = [name for place, name in enumerate(tried) if not any(row[place] for row in lasts)]
    harmless = [name for place, name in enumerate(tried) if all(row[place] for row in same)]
    if len(harmless) == len(tried):
        return " ".join([*said, "None of them has any effect."])
    if undone:
        said.append(f"Undone by: {', '.join(undone)}.")
    if harmless:
        said.append(f"Of no effect: {', '.join(harmless)}.")
    return " ".join(said)


def beside_jpeg(change: Change, jpeg: float) -> str:
    """Say how large an attack is beside what writing a JPEG does to the same picture; `jpeg` is in levels on average."""
    said = f"To compare: the way to {change.read_as} moves the values by {change.mean:.2g} of 255 on average. "
    if jpeg > 1.25 * change.mean:
        times = f", {jpeg / change.mean:.1f} times as much" if change.mean else ""
        return f"{said}Writing the picture as a JPEG of quality 90 moves them by {jpeg:.2g}{times}, and nobody minds."
    if change.mean > 1.25 * jpeg:
        return f"{said}Writing the picture as a JPEG of quality 90 moves them by {jpeg:.2g} alone: this attack is no trifle."
    return f"{said}Writing the picture as a JPEG of quality 90 moves them about as much, by {jpeg:.2g}."


def without_attack(label: str, misread: Sequence[str]) -> str:
    """Say which of the changes mislead the network without any attack."""
    if misread:
        return f"Without any attack, too, the photo is no longer read as {label} after: {', '.join(misread)}."
    return f"The photo itself, without attack, is read as {label} after each of these changes."


def _levels(largest: float) -> str:
    return f"{largest:.0f}" if largest >= 0.95 else f"{largest:.2f}"


def _seen(largest: float) -> str:
    if largest <= 8.5:
        return "A person hardly sees that."
    if largest <= 32.5:
        return "One sees that when one looks for it."
    return "That can be seen."
