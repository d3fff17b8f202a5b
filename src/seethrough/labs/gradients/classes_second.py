"""Question 11, bonus: class images by another network, and whether each network knows the other's."""

from collections.abc import Sequence

import torch

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.classes import SHEET, classes_to_dream, sheet_words, two_rows
from seethrough.labs.gradients.second import at_second
from seethrough.labs.words import counted
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.dream import Dream


def classes_second(desk: Desk) -> Job[Sections]:
    """Dream classes with the second network; show each network the other's images, where they know the same classes."""
    other, why = at_second(desk)
    steps = 30 if desk.quick else 100
    same = other.network.labels.names == desk.network.labels.names
    wished = classes_to_dream(other.network, 3)
    theirs, _ = yield from part_of(dream.class_.job(other.network, wished, steps=steps, seed=desk.seed, **SHEET), 0, 3)
    better, _ = yield from part_of(dream.class_.job(other.network, wished, steps=steps, seed=desk.seed), 1, 3)
    known: tuple[list[float], list[float]] | None = None
    if same:
        mine, _ = yield from part_of(dream.class_.job(desk.network, wished, steps=steps, seed=desk.seed, **SHEET), 2, 3)
        known = _probability(desk.network, theirs, wished), _probability(other.network, mine, wished)
    assert theirs.probabilities is not None and better.probabilities is not None
    sure, sure_better = theirs.probabilities.tolist(), better.probabilities.tolist()
    head = ("class", "score", f"probability by {other.network.name}", "by the better recipe")
    rows = [
        (name, float(theirs.reached[k]), percent(sure[k]), percent(sure_better[k])) for k, name in enumerate(wished)
    ]
    if known is None:
        table = Table(head, tuple(rows), f"Images made for {other.network.name}.")
    else:
        table = Table(
            (*head, f"{desk.network.name} gives it", f"{other.network.name} gives the other's image"),
            tuple((*row, percent(a), percent(b)) for row, a, b in zip(rows, *known, strict=True)),
            f"Images made for {other.network.name}; the last column is about images of the same classes made for "
            f"{desk.network.name} in the same way.",
        )
    return (
        Section(
            "Question 11 (bonus): another network",
            f"{why} The recipe of question 8, {steps} steps, and the better one below it.",
            (
                picture(
                    two_rows(other.network, wished, theirs, better),
                    f"class images by {other.network.name}",
                    f"Classes by {other.network.name}: first row by the sheet's recipe, second by waves and random crops.",
                    other.python(
                        f"found = dream.class_(network, {wished!r}, {sheet_words(steps=steps, seed=desk.seed)})",
                        "print(found)",
                        "found.save('classes.png')",
                        f"dream.class_(network, {wished!r}, steps={steps}, seed={desk.seed}).save('better.png')",
                        uses="dream",
                    ),
                ),
            ),
            (table,),
            task="Try another network, and comment on the results.",
            answer=each_other(desk.network.name, other.network.name, sure, known),
            numbers={
                "network": other.network.name,
                "classes": wished,
                "scores": theirs.reached.tolist(),
                "probabilities": sure,
                "better_probabilities": sure_better,
                "first_reads_second": None if known is None else known[0],
                "second_reads_first": None if known is None else known[1],
            },
            level=3,
        ),
    )


def _probability(network: Network, found: Dream, wished: Sequence[str]) -> list[float]:
    """Return the probability that a network gives to the classes of another's images."""
    with torch.no_grad():
        scores = network(network.frame(found.images)).float().softmax(1)
    return [float(scores[k, network.resolve_class(name)]) for k, name in enumerate(wished)]


def each_other(
    first: str, second: str, sure: Sequence[float], known: tuple[Sequence[float], Sequence[float]] | None
) -> str:
    """Say whether the second network is sure of its own images, and whether each knows the other's."""
    own = sum(one > 0.9 for one in sure)
    said = f"{second} is sure (above 90 %) of {counted(own, len(sure), 'images')} that were made for it."
    if known is None:
        return (
            f"{said} It does not know the classes of {first}, so neither can be asked about the other's images. The recipe "
            "works for a network of another size and other classes without any change."
        )
    one, two = (sum(value > 0.5 for value in values) for values in known)
    of = len(sure)
    said += f" Of its images {first} gives more than half to the class in {one} of {of}, the other way round: {two} of {of}."
    if one + two == 0:
        said += (
            " Neither knows the other's images: what this recipe finds is what one network responds to, more than what the "
            "class looks like."
        )
    elif one + two == 2 * of:
        said += " Each knows the other's images: what was drawn belongs to the class, not to one network alone."
    else:
        said += " Some of what was drawn belongs to the class, and some to the one network alone."
    return said
