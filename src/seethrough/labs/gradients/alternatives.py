"""Question 7, bonus: what the naive rule lacks, and other attacks beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from seethrough import fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.adversarial import goals
from seethrough.labs.shown import framed, read_rightly
from seethrough.labs.vivid import vivid
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.fooling import Fooling, of_255


@dataclass(frozen=True)
class Attack:
    """An attack on one photo: its name, whether it came to the wanted class, its distance, and the gradients it took."""

    name: str
    success: bool
    l2: float
    linf: float
    gradients: int
    naive: bool = False


def alternatives(desk: Desk) -> Job[Sections]:
    """Attack the same photo toward the same class in many ways, and compare distances and costs."""
    network = desk.network
    (name, _), *_ = read_rightly(network)
    pixels = framed(network, [name])
    (goal,) = goals(network, pixels)
    few = desk.quick
    plans: list[tuple[str, Callable[..., Job[Fooling]], str, dict[str, Any]]] = [
        ("the rule, η = 2", fool.toward.job, "toward", {"step": 2.0, "steps": 100}),
        ("the rule, η = 0.5", fool.toward.job, "toward", {"step": 0.5, "steps": 200}),
        ("the rule, η = 0.1", fool.toward.job, "toward", {"step": 0.1, "steps": 400}),
        ("PGD, within 2/255", fool.pgd.job, "pgd", {"eps": "2/255", "steps": 10 if few else 40}),
        ("DeepFool", fool.deepfool.job, "deepfool", {"steps": 25 if few else 50}),
        ("DDN", fool.ddn.job, "ddn", {"steps": 20 if few else 100}),
        ("FMN", fool.fmn.job, "fmn", {"steps": 20 if few else 100}),
        (
            "Carlini & Wagner",
            fool.carlini_wagner.job,
            "carlini_wagner",
            {"steps": 20, "searches": 2} if few else {"steps": 60, "searches": 8},
        ),
    ]
    made: list[Fooling] = []
    for place, (_, start, _, settings) in enumerate(plans):
        found, _ = yield from part_of(start(network, pixels, to=goal, seed=desk.seed, **settings), place, len(plans))
        made.append(found)
    attacks = [
        Attack(title, bool(one.success), float(one.l2), float(one.linf), int(one.gradients), function == "toward")
        for (title, _, function, _), one in zip(plans, made, strict=True)
    ]
    figure, panels = sheet(2, 4, cell=(2.8, 2.4), title=f"{name} as {goal}: what was added ({network.name})")
    for panel, attack, one in zip(panels.flat, attacks, made, strict=True):
        noise, factor = vivid(0.5 + one.images[0] - one.originals[0], torch.full((network.channels,), 0.5))
        read = percent(one.after[0].probability)
        show_image(panel, noise, f"{attack.name}{factor}\nL2 {attack.l2:.2f}, {read}")
    calls = [
        f"    fool.{function}(network, pixels, to={goal!r}, "
        + ", ".join(f"{key}={value!r}" for key, value in settings.items())
        + "),"
        for _, _, function, settings in plans
    ]
    code = desk.python(
        f"pixels = network.frame([photo({name!r})])",
        "for found in (",
        *calls,
        "):",
        "    print(found)",
        uses="fool, photo",
    )
    return (
        Section(
            "Question 7 (bonus): the limits of the naive rule, and other ways",
            "The rule stops at the first image that is read as the class, wherever its path led it: the longer the step, the "
            "farther past the boundary. It has no idea of the nearest such image, and no bound on a pixel's change. Others "
            "have: PGD keeps every pixel within a distance, and its success is a yes or no; DeepFool steps to the nearest "
            "boundary as if the network were linear; DDN and FMN draw nearer to the photo as long as the image stays misread; "
            "Carlini & Wagner weigh the distance against success and search for the weight.\n\n"
            f"All on the photo {name}, toward {goal}.",
            (
                picture(
                    figure,
                    "the noise of eight attacks",
                    "What each attack added, amplified about grey by the factor above; below, its L2 length, and how sure the "
                    "network is of what it reads.",
                    code,
                ),
            ),
            (
                Table(
                    ("attack", "read as wanted", "L2", "largest change", "gradients"),
                    tuple(
                        (one.name, "yes" if one.success else "NO", round(one.l2, 4), of_255(one.linf), one.gradients)
                        for one in attacks
                    ),
                    "L2: the length of the change, of pixels from 0 to 1. Gradients: how often the network was passed "
                    "forward and back.",
                ),
            ),
            task="Discuss the limits of this naive way, and propose others.",
            answer=compared(attacks),
            numbers={"photo": name, "goal": goal, "attacks": [vars(one) for one in attacks]},
            level=3,
        ),
    )


def compared(attacks: Sequence[Attack]) -> str:
    """Say what the step length does to the rule, and which attack comes nearer and at what cost."""
    naive = [one for one in attacks if one.naive and one.success]
    others = [one for one in attacks if not one.naive and one.success]
    said = []
    if not naive:
        said.append("The naive rule did not come to the wanted class with any of these steps.")
    else:
        near, far = min(naive, key=lambda one: one.l2), max(naive, key=lambda one: one.l2)
        if near is far or far.l2 < 1.05 * near.l2:
            said.append(f"The length of its step hardly matters to the rule here (L2 {near.l2:.2f}).")
        else:
            said.append(
                f"The rule's distance hangs on the length of its step: {near.name} ends at L2 {near.l2:.2f} after "
                f"{near.gradients} gradients, {far.name} at {far.l2:.2f} after {far.gradients}."
            )
        best = min(others, key=lambda one: one.l2, default=None)
        if best is None:
            said.append("None of the other attacks came to the wanted class.")
        elif best.l2 < near.l2:
            said.append(
                f"The nearest image was found by {best.name}: L2 {best.l2:.2f}, {1 - best.l2 / near.l2:.0%} nearer than the "
                f"rule's best, for {best.gradients} gradients."
            )
        else:
            said.append(
                f"None of the others comes nearer than that; the best of them is {best.name} with L2 {best.l2:.2f}."
            )
        smallest = min((*naive, *others), key=lambda one: one.linf)
        said.append(f"Measured by the one pixel that moves most, {smallest.name} is best ({of_255(smallest.linf)}).")
    failed = [one.name for one in attacks if not one.success]
    if failed:
        said.append(f"Not read as wanted in the end: {', '.join(failed)}.")
    said.append(
        "What all of these share: they need the network's gradients, and are made for one image, seen as it is. Attacks "
        "without gradients, on the mean over many views, or one noise for many images are the next steps of the research."
    )
    return " ".join(said)
