"""What the photo is taken for, and how sure the network is."""

import math
from pathlib import Path

import torch

from seethrough.images import SAMPLES
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.subject import Subject, subject
from seethrough.percent import percent
from seethrough.report import Section, picture

SHOWN = 5


def guessed(desk: Desk) -> Job[Sections]:
    """Say the top guesses, and in words how sure the network is of the first."""
    about = subject(desk)
    guesses = desk.network.classify(about.pixels, top=SHOWN, photos=(Path(about.source).stem,))
    yield Step(1, 1)
    rows = guesses[0]
    named = [(guess.label, guess.probability) for guess in rows]
    undecided = _undecided(about)
    section = Section(
        "What it is",
        task=f"What does {desk.network.name} take the photo for, and how sure is it?",
        text=_the_photo(desk, about),
        pictures=(
            picture(
                guesses.figure(),
                f"the photo beside bars of its likeliest classes, {rows[0]} first",
                "What the network is shown, and how likely each class is to it.",
                desk.command(f"classify {about.quoted}"),
            ),
        ),
        answer=how_sure(named, len(about.labels), undecided),
        numbers={
            "guesses": [{"index": each.index, "label": each.label, "probability": each.probability} for each in rows],
            "classes": len(about.labels),
            "as undecided as between": undecided,
        },
    )
    return (section,)


def how_sure(guesses: list[tuple[str, float]], classes: int, undecided: float) -> str:
    """Say in words how sure the network is; `undecided` counts between how many equal classes it would be as much so."""
    label, first = guesses[0]
    said = [f"It takes the photo for {label}, and {_sureness(first)}: {percent(first)}."]
    if len(guesses) > 1:
        second, probability = guesses[1]
        said.append(
            f"Next is {second} with {percent(probability)}: "
            + (
                "as good as level."
                if first < 1.25 * probability
                else f"{label} is {_times(first, probability)} as likely."
            )
        )
    if len(guesses) < classes:
        together = sum(probability for _, probability in guesses)
        said.append(
            f"These {len(guesses)} together have {percent(together)}; "
            f"the other {classes - len(guesses):,} classes share the rest."
        )
    said.append(
        f"Counted over all {classes:,} classes it is as undecided as someone who has to choose between "
        f"{undecided:.1f} equally likely ones."
    )
    chosen = "It always chooses among the classes that it knows: what is none of them is taken for the nearest."
    low = (
        "\n\nWith so little behind the first guess, read what follows as why it leans that way, not as why it is so."
        if first < 0.5
        else ""
    )
    return " ".join(said) + "\n\n" + chosen + low


def _sureness(probability: float) -> str:
    for least, words in (
        (0.995, "has next to no doubt"),
        (0.9, "is very sure"),
        (0.7, "is fairly sure"),
        (0.5, "thinks that likelier than all else together"),
        (0.25, "only leans that way"),
    ):
        if probability >= least:
            return words
    return "is hardly more than guessing"


def _times(first: float, second: float) -> str:
    if second <= 0 or first / second > 1000:
        return "more than a thousand times"
    ratio = first / second
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"


def _undecided(about: Subject) -> float:
    """Return the number of equally likely classes that would leave as much open: e to the entropy."""
    entropy = torch.special.entr(about.probabilities).sum()
    return math.exp(float(entropy))


def _the_photo(desk: Desk, about: Subject) -> str:
    sample = None if Path(about.source).exists() else SAMPLES.get(about.source)
    shows = f"The photo shows {sample.shows} ({sample.credit}). " if sample else ""
    height, width = about.photo.shape[-2:]
    seen = " x ".join(str(side) for side in reversed(desk.network.size))
    grey = ", in grey" if desk.network.channels == 1 else ""
    return (
        f"{shows}The photo has {width} x {height} pixels, of which the network is shown {seen}{grey}: "
        "the picture on the left. All that is measured on this page is measured on that."
    )
