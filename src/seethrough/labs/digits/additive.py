"""Part 3 c: one noise a class, and what it does to other pictures."""

from dataclasses import replace

import torch

from seethrough import fool
from seethrough.datasets import Dataset
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.drawn import about_grey, rows_of_pictures, table_of_pictures
from seethrough.labs.digits.material import DIGITS, Examples, code, examples, material, picked, seeded, ten
from seethrough.labs.document import Sections
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.class_noise import ClassNoise

EPS = 0.4
"""How far a noise may move a pixel: the digit stays plain to see."""


def learned(network: Network, chosen: Examples, sources: Examples, steps: int, seed: int) -> Job[ClassNoise]:
    """Learn the ten noises, each on an image of another digit than its class: there is nothing to learn on one of its own.

    The first of the sources is the image of all of them, but of that whose class it shows; this one gets the second.
    """
    own = int(sources.labels[0])
    groups = ([digit for digit in range(len(DIGITS)) if digit != own], [own])
    parts = []
    for place, classes in enumerate(groups):
        work = fool.noise_for_class.job(
            network,
            chosen.pixels,
            chosen.labels,
            to=classes,
            learn_on=sources.pixels[place : place + 1],
            eps=EPS,
            steps=steps,
            seed=seed,
            batch=10,
        )
        found, _ = yield from part_of(work, place, len(groups))
        parts.append(found)
    first, second = parts
    order = [*groups[0], own]
    places = [order.index(digit) for digit in range(len(DIGITS))]
    return replace(
        first,
        noises=torch.cat([first.noises, second.noises])[places],
        probabilities=torch.cat([first.probabilities, second.probabilities])[places],
        classes=DIGITS,
        learned=tuple((first.learned + second.learned)[place] for place in places),
        after=tuple((first.after + second.after)[place] for place in places),
    )


def sources_for(network: Network, data: Dataset, seed: int) -> Examples:
    """Return two images to learn on, of two digits, both read rightly."""
    found = ten(data, network, seed + 1)
    return examples(data, [found.places[3], found.places[8]])


def additive(desk: Desk) -> Job[Sections]:
    """Make part 3 c."""
    here = material(desk)
    chosen, sources = ten(here.test, desk.network, desk.seed), sources_for(desk.network, here.test, desk.seed)
    steps = 100 if desk.quick else 200
    found = yield from learned(desk.network, chosen, sources, steps, desk.seed)
    own = int(sources.labels[0])
    held = sources.pixels[[int(digit == own) for digit in range(len(DIGITS))]]
    seen = (held + found.noises).clamp(0, 1)
    there = [guess.label == name for guess, name in zip(found.learned, DIGITS, strict=True)]
    sizes = [float(noise.square().mean().sqrt()) * 255 for noise in found.noises]
    largest = float(found.noises.abs().max()) * 255
    taken = {name: found.taken(place) for place, name in enumerate(DIGITS)}
    wrong = sum(found.misread(place) for place in range(len(DIGITS)))
    many = len(found) * len(found.images)
    figure = rows_of_pictures(
        f"A noise for each class ({desk.network.name})",
        {
            "the image": (held, [sources.names[int(digit == own)] for digit in range(len(DIGITS))]),
            "the noise, about grey": (about_grey(found.noises), [f"for {name}" for name in DIGITS]),
            "the image with the noise, and what it is read as": (
                seen,
                [f"{guess.label}: {percent(guess.probability)}" for guess in found.learned],
            ),
        },
    )
    both = (found.images[None] + found.noises[:, None]).clamp(0, 1).flatten(0, 1)
    laid = table_of_pictures(
        "The ten noises on ten fixed test pictures",
        both,
        [f"{name}" for name in found.true],
        [f"noise for {name}" for name in DIGITS],
    )
    lines = (
        picked(chosen),
        f"source = data.pixels[[{sources.places[0]}]] / 255",
        f'found = fool.noise_for_class(network, pixels, {chosen.labels.tolist()}, to="all", learn_on=source, '
        f"eps={EPS}, steps={steps}{seeded(desk)})",
        'found.save("noises.png")',
    )
    again = code(desk, here, *lines, uses="fool")
    rows = [("no noise", *(guess.label for guess in found.before), "–")]
    for name, row in zip(DIGITS, found.after, strict=True):
        read = (
            guess.label + ("" if guess.label == true else " *") for guess, true in zip(row, found.true, strict=True)
        )
        rows.append((f"noise for {name}", *read, f"{taken[name]} of {len(row)}"))
    head = ("true class:", *found.true, "become the class")
    title = f"3c. Adding noise{here.in_title}"
    return (
        Section(
            title,
            "The noise begins at zero; noise <- noise + alpha d, d being the gradient of the class's logit for the "
            "noise, and alpha = "
            "1 / (std(d) + 1e-8) in levels of 255. It stops when the class has 99 %. No pixel moves by more than "
            f"{EPS * 255:.0f} of 255 levels. All noises are learned on one test picture, a {sources.names[0]}; that "
            f"for {sources.names[0]} "
            f"on a {sources.names[1]}, as there is nothing to learn where the class is shown.",
            (
                picture(
                    figure,
                    "Rows of the image, the noise for each class, and the image with the noise",
                    "All noises on one scale: grey is nothing, bright adds ink, dark takes it away.",
                    again,
                ),
            ),
            task="Find a noise that makes an image be read as a target class. Show noise and image for each of the "
            "ten classes.",
            answer=answers.additive(
                sum(there), len(there), sum(sizes) / len(sizes), largest, sum(size == 0 for size in sizes)
            ),
            numbers={
                "class": list(DIGITS),
                "read as": [guess.label for guess in found.learned],
                "probability": found.probabilities.tolist(),
                "levels": sizes,
                "largest": largest,
                "eps": EPS,
            },
        ),
        Section(
            "The noises on ten fixed test examples",
            "",
            (
                picture(
                    laid,
                    "A table of a hundred digits: a row for each noise, a column for each test picture",
                    "A column is one test picture, a row the noise of one class laid on all ten. Under each column: "
                    "what it shows.",
                    again,
                ),
            ),
            (Table(head, tuple(rows), "What each test picture is read as under each noise; * is wrong."),),
            task="Add each of the ten noises to ten fixed test examples; show true and predicted class.",
            answer=answers.carried(sum(taken.values()), wrong, many, taken, sum(sizes) / len(sizes)),
            numbers={
                "true": list(found.true),
                "without noise": [guess.label for guess in found.before],
                "with noise": {
                    name: [guess.label for guess in found.after[place]] for place, name in enumerate(DIGITS)
                },
                "become the class": taken,
                "wrong": wrong,
            },
            level=3,
        ),
    )
