"""C: a photo that is read rightly and surely, changed in few gradient steps until it is read as something else."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seethrough import fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.shown import framed, read_rightly, right
from seethrough.labs.words import counted
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.fooling import Fooling, of_255
from seethrough.see.ranking import spearman

SURE = 0.98
OSTRICH = "ostrich"
"""What the sheet's own example was made to be read as."""


@dataclass(frozen=True)
class Target:
    """A class to come to, the place it begins at (2 is the runner-up), and with which probability."""

    label: str
    rank: int
    probability: float


@dataclass(frozen=True)
class Way:
    """What it took to one target: its starting probability, steps to the top, steps to be sure, the L2 distance then."""

    label: str
    start: float
    to_top: int
    to_sure: int
    l2: float


def targets(network: Network, pixels: torch.Tensor, count: int) -> list[Target]:
    """Return classes that begin with a high and with a low probability, the likeliest first."""
    with torch.no_grad():
        found = network(pixels).float().softmax(1)[0].sort(descending=True)
    order, sure = found.indices.tolist(), found.values.tolist()
    last = len(order) - 1
    ranks = {1, last} if count < 4 else {1, min(4, last), last // 10, last}
    if OSTRICH in network.labels.names:
        ranks.add(order.index(network.resolve_class(OSTRICH)))
    return [Target(network.labels.names[order[rank]], rank + 1, sure[rank]) for rank in sorted(ranks - {0})]


def fooling(desk: Desk) -> Job[Sections]:
    """Fool the surest photo to targets near and far, until they are on top, and until the network is sure."""
    network = desk.network
    (name, sure), *_ = read_rightly(network)
    pixels = framed(network, [name])
    wished = targets(network, pixels, 3 if desk.quick else 5)
    step, steps = (0.2, 150) if desk.quick else (0.1, 400)
    labels = [one.label for one in wished]
    batch = pixels.expand(len(labels), -1, -1, -1)
    made = []
    ends: tuple[float | str, ...] = ("top", SURE)
    for place, until in enumerate(ends):
        work = fool.toward.job(network, batch, to=labels, until=until, step=step, steps=steps, seed=desk.seed)
        found, _ = yield from part_of(work, place, 2)
        made.append(found)
    top, certain = made
    code = desk.python(
        f"pixels = network.frame([photo({name!r})])",
        f"for target in {labels!r}:",
        f"    for until in ('top', {SURE}):",
        f"        found = fool.toward(network, pixels, to=target, until=until, step={step}, steps={steps})",
        "        print(until, found)",
        "        found.save(f'{target}-{until}.png')",
        uses="fool, photo",
    )
    return (_section(desk, name, sure, pixels, wished, top, certain, step, code),)


def _section(
    desk: Desk,
    name: str,
    sure: float,
    pixels: torch.Tensor,
    wished: Sequence[Target],
    top: Fooling,
    certain: Fooling,
    step: float,
    code: str,
) -> Section:
    before = certain.before[0]
    known = right(desk.network, name, before.label)
    rows = tuple(
        (
            one.label,
            one.rank,
            percent(one.probability),
            int(top.steps[place]),
            f"{float(top.l2[place]):.3f}",
            of_255(float(top.linf[place])),
            int(certain.steps[place]),
            f"{float(certain.l2[place]):.3f}",
            of_255(float(certain.linf[place])),
            percent(float(certain.goal_after[place])),
        )
        for place, one in enumerate(wished)
    )
    ways = [
        Way(one.label, one.probability, int(top.steps[place]), int(certain.steps[place]), float(certain.l2[place]))
        for place, one in enumerate(wished)
    ]
    done = int(top.success.sum()), int(certain.success.sum())
    return Section(
        "C. Fooling the network",
        f"The photo {name}: read as {before.label} with {percent(sure)}"
        f"{', which is right' if known else '' if known is None else ', which is wrong: none of the photos is read rightly'}. "
        f"Every step goes {step:g} (an L2 length, of pixels from 0 to 1) along the gradient of the target's score. It ends "
        f"first when the target has the highest probability, and in a second run when that is above {SURE:.0%}.",
        (
            picture(
                certain.figure(),
                f"the photo, the noise that was added, and the result, for {len(wished)} targets",
                f"The photo, the noise (amplified about grey), and the result, read as the target with more than {SURE:.0%}.",
                code,
            ),
        ),
        (
            Table(
                (
                    *("target", "place at start", "probability at start", "steps to the top", "L2 then"),
                    *("largest change then", f"steps to {SURE:.0%}", "L2 at the end", "largest change at the end"),
                    "probability at the end",
                ),
                rows,
                "L2 is the length of the whole change, of pixels from 0 to 1; the largest change of any pixel is in steps "
                "of 256 grey levels.",
            ),
        ),
        task="Change a photo that is read rightly and surely as little as possible, in few gradient steps, so that it is read "
        f"as another class: classes that began with a low and with a high probability, and on to a probability above {SURE}.",
        answer=effort(ways, float(pixels.norm()), done),
        numbers={
            "photo": name,
            "read": before.label,
            "probability": sure,
            "right": known,
            "targets": [one.label for one in wished],
            "ranks": [one.rank for one in wished],
            "start": [one.probability for one in wished],
            "read_at_the_top": [one.label for one in top.after],
            "steps_to_top": top.steps.tolist(),
            "l2_to_top": top.l2.tolist(),
            "read_at_the_end": [one.label for one in certain.after],
            "steps_to_sure": certain.steps.tolist(),
            "l2_to_sure": certain.l2.tolist(),
            "linf_to_sure": certain.linf.tolist(),
            "final": certain.goal_after.tolist(),
            "file_misleads": certain.png_success.tolist(),
        },
    )


def effort(ways: Sequence[Way], size: float, done: tuple[int, int]) -> str:
    """Say whether targets that began low took more steps, and how large the changes are beside the photo's own size."""
    said = (
        f"In this run {counted(done[0], len(ways), 'targets')} came to the top, and {counted(done[1], len(ways), 'targets')} "
        f"above {SURE:.0%}."
    )
    high, low = max(ways, key=lambda one: one.start), min(ways, key=lambda one: one.start)
    said += (
        f" {high.label}, which began with {percent(high.start)}, took {high.to_top} steps to the top; {low.label}, which "
        f"began with {percent(low.start)}, took {low.to_top}."
    )
    agree = _order([one.start for one in ways], [one.to_top for one in ways])
    if agree <= -0.5:
        said += " The lower the probability at the start, the more steps it takes, "
        said += "in this order throughout." if agree < -0.999 else "if not in this very order."
    elif agree >= 0.5:
        said += " Against what one expects, targets that began lower took fewer steps here."
    else:
        said += " How many steps it takes hardly hangs on the probability at the start here."
    largest = max(one.l2 for one in ways)
    said += f" Even the largest change has {largest / size:.1%} of the photo's own length" + (
        ": next to nothing for the eye." if largest / size < 0.03 else ", which can be seen when one looks for it."
    )
    return said


def _order(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the rank correlation of two lists; 0 where one has no order."""
    found = float(spearman(torch.tensor([[list(one)]]).double(), torch.tensor([[list(other)]]).double())[0])
    return found if found == found else 0.0
