"""Question 5: adversarial examples by steps of one length along the gradient of another class's score."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from seethrough import fool, load_result
from seethrough.errors import UserError
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.shown import framed, read_rightly
from seethrough.labs.words import counted, listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.fooling import Fooling, of_255

GOALS = ("goldfish", "ostrich", "daisy", "school bus")
"""What the photos are to be read as, where the network has these classes."""
RATE = 0.1
"""The length of a step, eta in the sheet's rule."""


def goals(network: Network, pixels: Tensor) -> list[str]:
    """Return a class for each photo that it has nothing to do with: of classes a person knows, or else the least likely."""
    known = [name for name in GOALS if name in network.labels.names]
    if len(known) == len(GOALS):
        return [known[place % len(known)] for place in range(len(pixels))]
    with torch.no_grad():
        return [network.labels.names[index] for index in network(pixels).argmin(1).tolist()]


def fooled(desk: Desk) -> Job[Fooling]:
    """Return the attack of question 5: from where it was kept, or made now."""
    place = desk.place("fooled.safetensors")
    try:
        kept = load_result(place)
        assert isinstance(kept, Fooling)
        return kept
    except UserError:
        pass
    names = [name for name, _ in read_rightly(desk.network)][: 3 if desk.quick else 4]
    pixels = framed(desk.network, names)
    work = fool.toward.job(desk.network, pixels, to=goals(desk.network, pixels), step=RATE, steps=400, seed=desk.seed)
    found = replace((yield from work), photos=tuple(names))
    found.save(place)
    return found


def adversarial(desk: Desk) -> Job[Sections]:
    """Lead photos that are read rightly to other classes."""
    found = yield from fooled(desk)
    names, wished = list(found.photos), [goal.removeprefix("read as ") for goal in found.goals]
    sizes = found.originals.flatten(1).norm(dim=1)
    rows = [
        (
            name,
            str(found.before[place]),
            wished[place],
            percent(float(found.goal_before[place])),
            int(found.steps[place]),
            str(found.after[place]),
            f"{float(found.l2[place]):.3f}",
            percent(float(found.l2[place] / sizes[place])),
            of_255(float(found.linf[place])),
        )
        for place, name in enumerate(names)
    ]
    to = " ".join(f"--to {goal!r}" for goal in wished)
    return (
        Section(
            "Section 2 – Adversarial examples",
            f"The rule of the sheet: x ← x + η g/‖g‖, where g is the gradient of the wanted class's score, with η = {RATE:g} "
            "for pixels from 0 to 1 (a step of 25.5 in all, for pixels from 0 to 255, spread over the whole image). Pixels "
            "stay between 0 and 1. It ends as soon as the wanted class is the first.",
            task="Change a photo that is read rightly as little as possible, so that it is read as another class.",
        ),
        Section(
            "Question 5 (★): the photos, the noise, and what they are read as",
            f"Of the bundled photos those that {desk.network.name} reads rightly: {listed(names)}.",
            (
                picture(
                    found.figure(),
                    f"{listed(names)}, the noise that was added, and the result",
                    "The photo, what was added (amplified about grey), and the result.",
                    desk.command(f"fool toward {' '.join(names)} {to} --step {RATE:g} --steps 400"),
                ),
            ),
            (
                Table(
                    (
                        *("photo", "read as", "wanted", "its probability", "steps", "now read as", "L2"),
                        *("of the photo's length", "largest change"),
                    ),
                    tuple(rows),
                    "L2 is the length of the whole change, of pixels from 0 to 1; the largest change is that of one pixel, in "
                    "grey levels.",
                ),
            ),
            task="Show and interpret the results.",
            answer=so_little(
                [bool(one) for one in found.success],
                [int(one) for one in found.steps],
                [float(one) for one in found.l2 / sizes],
                [float(one) * 255 for one in found.linf],
                [bool(one) for one in found.png_success],
            ),
            numbers={
                "photos": names,
                "before": [one.label for one in found.before],
                "goals": wished,
                "after": [one.label for one in found.after],
                "success": found.success.tolist(),
                "goal_before": found.goal_before.tolist(),
                "goal_after": found.goal_after.tolist(),
                "steps": found.steps.tolist(),
                "l2": found.l2.tolist(),
                "linf": found.linf.tolist(),
                "file_misleads": found.png_success.tolist(),
            },
            level=3,
        ),
    )


def so_little(
    success: Sequence[bool],
    steps: Sequence[int],
    shares: Sequence[float],
    levels: Sequence[float],
    files: Sequence[bool],
) -> str:
    """Say how many were misled and by how little, and whether a picture file of them still misleads."""
    done = sum(success)
    if not done:
        return (
            f"None of the {len(success)} photos is read as the wanted class after {max(steps)} steps: this network, with this "
            "rate, resists the rule."
        )
    said = f"{counted(done, len(success), 'photos').capitalize()} were brought to the wanted class, in "
    said += f"{min(steps)} to {max(steps)} steps." if min(steps) != max(steps) else f"{steps[0]} steps."
    most = max(shares)
    said += (
        f" The change has at most {most:.1%} of the photo's own length, and no pixel moves by more than "
        f"{max(levels):.1f} of 255 grey levels"
    )
    said += (
        ": side by side a person sees no difference."
        if most < 0.02
        else ": a person who looks closely may see a grain."
    )
    said += (
        " The noise is no picture of the wanted class: it is many small changes, each along the slope, whose effects on the "
        "score add up. That so many can add up is the reason why so little suffices."
    )
    lost = done - sum(one and two for one, two in zip(success, files, strict=True))
    said += (
        f" Rounded to the whole grey levels of a picture file, {counted(lost, done, 'of them').replace('of them', '').strip()}"
        f" lose{'s' if lost == 1 else ''} the wanted class again."
        if lost
        else " Rounded to the whole grey levels of a picture file, they still mislead."
    )
    return said
