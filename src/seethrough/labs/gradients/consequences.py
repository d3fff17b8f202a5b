"""Question 6: what follows from it in practice: does it last, does it mislead another network, how many photos are at risk?"""

from dataclasses import dataclass, replace

from seethrough import fool
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.adversarial import fooled
from seethrough.labs.gradients.second import at_second
from seethrough.labs.shown import framed
from seethrough.percent import percent
from seethrough.report import Section, Table, picture


@dataclass(frozen=True)
class Risk:
    """Of the misleading images: how many there are, after how many of how many changes they are read as wanted, how many change
    the other network's mind, and the shares of photos still read as before at growing distances of an attack.
    """

    images: int
    lasting: int
    tried: int
    transferred: int
    distances: tuple[str, ...]
    robust: tuple[float, ...]


def consequences(desk: Desk) -> Job[Sections]:
    """Change the misleading images, show them to another network, and attack all photos within growing distances."""
    network = desk.network
    found, _ = yield from part_of(fooled(desk), 0, 4)
    names = list(found.photos)
    lasting, _ = yield from part_of(fool.survival.job(network, found), 1, 4)
    other, why = at_second(desk)
    yield Step(1, 2)
    before = other.network.classify(other.network.frame(found.originals), top=1)
    after = other.network.classify(other.network.frame(found.images), top=1)
    transferred = [one[0].index != two[0].index for one, two in zip(before.rows, after.rows, strict=True)]
    eps = "0.5/255,1/255,4/255"
    pixels = framed(network, names)
    steps = 4 if desk.quick else 20
    robust, _ = yield from part_of(
        fool.curve.job(network, pixels, attacks="fgsm,pgd", eps=eps, steps=steps, seed=desk.seed), 3, 4
    )
    first = replace(
        lasting,
        images=lasting.images[:1],
        guesses=lasting.guesses[:1],
        lasts=lasting.lasts[:1],
        shows=lasting.shows[:1],
        photos=tuple(names[:1]),
    )
    lasts = lasting.same[found.success, 1:]
    pgd = tuple(float(one) for one in robust.robust[-1])
    risk = Risk(int(found.success.sum()), int(lasts.sum()), lasts.numel(), sum(transferred), tuple(robust.words), pgd)
    rows = tuple(
        (name, str(one[0]), str(two[0]), "yes" if moved else "no")
        for name, one, two, moved in zip(names, before.rows, after.rows, transferred, strict=True)
    )
    return (
        Section(
            "Question 6: consequences in practice",
            "Three questions to the images of question 5, which were made for this network alone: do they still mislead when "
            "they are mirrored, cropped, turned, compressed, blurred? Do they mislead another network "
            f"({other.network.name})? And within how small a distance can all photos be misled? {why}",
            (
                picture(
                    first.figure(),
                    "the first misleading image after each of the changes",
                    "The first of the misleading images, changed in many ways, and what it is read as. Orange: the same wrong "
                    "class; yellow: another wrong one; blue: the attack is lost.",
                    desk.python(
                        f"pixels = network.frame([photo(name) for name in {names!r}])",
                        f"goals = {[goal.removeprefix('read as ') for goal in found.goals]!r}",
                        f"found = fool.toward(network, pixels, to=goals, step={found.settings['step']:g}, steps=400)",
                        "fool.survival(network, found).save('lasts.png')",
                        uses="fool, photo",
                    ),
                ),
                picture(
                    robust.figure(),
                    "the share of photos still read as before by the distance that an attack may go",
                    f"The share of photos read as before when an attack may move every pixel by so much (PGD: {steps} steps).",
                    desk.python(
                        f"pixels = network.frame([photo(name) for name in {names!r}])",
                        f"found = fool.curve(network, pixels, attacks='fgsm,pgd', eps='{eps}', steps={steps})",
                        "found.save('curve.png')",
                        uses="fool, photo",
                    ),
                ),
            ),
            (
                Table(
                    (
                        "photo",
                        f"{other.network.name} reads the photo as",
                        "and the misleading image as",
                        "another class",
                    ),
                    rows,
                    f"What {other.network.name} makes of images that were made to mislead {network.name}.",
                ),
                Table(
                    ("each pixel may move by", "still read as before"),
                    tuple((word, percent(share)) for word, share in zip(risk.distances, risk.robust, strict=True)),
                    f"PGD, {len(names)} photos.",
                ),
            ),
            task="Say what this means for the use of convolutional networks.",
            answer=meaning(risk),
            numbers={**vars(risk), "photos": names, "second": other.network.name, "transfers": transferred},
            level=3,
        ),
    )


def meaning(risk: Risk) -> str:
    """Say what the numbers mean for somebody who relies on such a network."""
    said = []
    zero = next((word for word, share in zip(risk.distances, risk.robust, strict=True) if share == 0), None)
    if zero:
        said.append(
            f"When every pixel may move by {zero}, no photo is read as before any more: whoever knows the network can have "
            "what he wants read into any picture, by a change that nobody sees."
        )
    elif risk.robust[-1] < 1:
        said.append(
            f"At {risk.distances[-1]} {percent(risk.robust[-1])} of the photos are still read as before: a part of them can "
            "be misled by a change that nobody sees."
        )
    else:
        said.append(f"Within {risk.distances[-1]} none of these photos could be misled.")
    share = risk.lasting / risk.tried if risk.tried else 0.0
    said.append(
        f"Such images are still read as the wanted class after {risk.lasting} of {risk.tried} changes: "
        + (
            "they would last through a printer, a camera or an upload, so that this is a danger to filters, cars and locks."
            if share > 0.6
            else "some changes undo them, and some do not, so that compressing or blurring is no defence to rely on."
            if share > 0.25
            else "most changes undo them. An attacker can reckon with that and go farther; a defender cannot rely on it."
        )
    )
    said.append(
        f"The other network changes its mind on {risk.transferred} of {risk.images}: "
        + (
            "an attacker need not even know the network that he misleads."
            if risk.transferred > risk.images / 2
            else "some work on a network for which they were not made."
            if risk.transferred
            else "these tiny changes are made for one network and do not carry over."
        )
    )
    said.append(
        "So a high probability is no proof that a photo was read rightly, and where somebody gains by a wrong answer the "
        "network must not decide alone."
    )
    return " ".join(said)
