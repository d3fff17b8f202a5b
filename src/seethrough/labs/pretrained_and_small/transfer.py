"""Problem 2: the network's last features, and a linear classifier on them."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seethrough import datasets, study
from seethrough.datasets.dataset import Dataset
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.material import pets, some_of_each
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.probe import Probe
from seethrough.study.probe import Kind

QUICK_PETS = (5, 3)
"""Photos of each breed to learn from and to be tested on, in a quick run."""
QUICK_DIGITS = (20, 10)
TRIED: tuple[tuple[Kind, bool], ...] = (("softmax", True), ("svm", True), ("softmax", False))
"""Kinds of classifier, and whether features are brought to length 1; the first is that of the problem."""
DIGITS_TITLE = "Problem 2, on handwritten digits in place of the pets. Transfer learning"
PETS_TITLE = "Problem 2. Transfer learning: breeds of cats and dogs"


@dataclass(frozen=True)
class Fit:
    """A linear classifier on the features, and how it did."""

    kind: str
    unit_length: bool
    strength: float
    mean_per_class: float
    accuracy: float


@dataclass(frozen=True)
class Mistaken:
    """A class read as another: so many of so many."""

    true: str
    read: str
    count: int
    of: int


def transfer(desk: Desk) -> Job[Sections]:
    """Train linear classifiers on what goes into the network's last layer, and test them."""
    found = pets(desk)
    whole = found or (datasets.load("digits"), datasets.load("digits", "test"))
    counts = QUICK_PETS if found else QUICK_DIGITS
    used = tuple(some_of_each(data, count) if desk.quick else data for data, count in zip(whole, counts, strict=True))
    rows = []
    for place, (name, data) in enumerate(zip(("train", "test"), used, strict=True)):
        folder = desk.place(f"features of {data.name}, {name}")
        work = study.features.job(desk.network, data, folder=folder)
        read, _ = yield from part_of(work, place, 3)
        rows.append(read)
    learnt, asked = rows
    probes = []
    for place, (kind, unit_length) in enumerate(TRIED):
        fit = study.probe.job(
            desk.network, learnt, asked, kind=kind, normalise=unit_length, seed=desk.seed, pictures=used[1]
        )
        probe, _ = yield from part_of(fit, 2 * len(TRIED) + place, 3 * len(TRIED))
        probes.append(probe)
    main = probes[0]
    fits = [
        Fit(kind, unit_length, probe.strength, probe.mean_accuracy, probe.accuracy)
        for (kind, unit_length), probe in zip(TRIED, probes, strict=True)
    ]
    features = learnt.values.flatten(1)
    mistaken = [
        Mistaken(main.classes[one.true], main.classes[one.read], one.count, int(main.confusion[one.true].sum()))
        for one in main.confusions
    ]
    shared = names_shared(main.classes, desk.network.labels.names)
    numbers = {
        "names shared": shared,
        "data": used[1].name,
        "classes": len(main.classes),
        "trained on": main.trained,
        "tested on": len(main),
        "features": features.shape[1],
        "least feature": float(features.min()),
        "features at zero": float((features == 0).float().mean()),
        "mean per class accuracy": main.mean_accuracy,
        "accuracy": main.accuracy,
        "classifiers": [asdict(one) for one in fits],
        "strengths tried": main.strengths.tolist(),
        "validation": main.validation.tolist(),
        "confusions": [asdict(one) for one in mistaken],
        "per class": dict(zip(main.classes, main.per_class.tolist(), strict=True)),
    }
    first = Section(
        PETS_TITLE if found else DIGITS_TITLE,
        "\n\n".join((material(desk, used, whole, bool(found)), taken(learnt.layer, features.shape[1], numbers))),
        (
            picture(
                main.figure(),
                "The confusion matrix of the classes, and pictures of the worst confusions",
                f"How the {len(main)} test pictures are read; beside it the worst confusions with some of their pictures.",
                _code(desk, used, whole, bool(found)),
            ),
        ),
        (_per_class(main),),
        task="Take the last features of the network for every picture, bring them to length 1, train a linear classifier on "
        "them, and report its mean per-class accuracy.",
        answer=outcome(main.mean_accuracy, main.accuracy, len(main.classes), mistaken),
        numbers=numbers,
    )
    second = Section(
        "The classifier",
        "Softmax regression gives each class a weight for every feature and a start, adds up, and turns the sums into "
        "probabilities. A support vector machine draws a border for each class against all others instead. Both pay for large "
        "weights; how much is chosen on a fifth of the training pictures that is held back meanwhile.",
        (
            picture(
                main.curve(),
                "Mean per-class accuracy on the pictures held back, by the strength of the penalty",
                "How the penalty on large weights was chosen.",
                _code(desk, used, whole, bool(found), curve=True),
            ),
        ),
        (
            Table(
                ("classifier", "features of length 1", "penalty", "mean per-class accuracy", "of all pictures"),
                tuple(
                    (
                        "softmax regression" if one.kind == "softmax" else "linear support vector machine",
                        "yes" if one.unit_length else "no",
                        one.strength,
                        percent(one.mean_per_class),
                        percent(one.accuracy),
                    )
                    for one in fits
                ),
                "The classifier of this problem, another one, and the first without the length of 1.",
            ),
        ),
        task="Discuss the classifier.",
        answer=classifier(fits, len(main), len(main.classes), features.shape[1], main.trained, shared),
        numbers={"classifiers": [asdict(one) for one in fits]},
        level=3,
    )
    return first, second


def material(desk: Desk, used: Sequence[Dataset], whole: Sequence[Dataset], real: bool) -> str:
    """Say on which pictures this was done."""
    counts = f"{len(used[0]):,} to learn from and {len(used[1]):,} to be tested on"
    if not real:
        missing = (
            "The Oxford-IIIT pets were not found among the data, so this is done on scikit-learn's handwritten digits"
        )
        return f"{missing}: {counts}{', a part of them' if desk.quick else ''}. How well breeds are told apart it cannot say."
    total = sum(map(len, whole))
    part = " The full set has 7,349 photos; not all of them are here." if total < 7349 else ""
    few = f" A quick run takes {sum(map(len, used)):,} of the {total:,}." if desk.quick else ""
    return f"The Oxford-IIIT pets: {len(used[0].classes)} breeds, {counts}.{few}{part}"


def taken(layer: str, count: int, numbers: dict[str, object]) -> str:
    """Say what the features are."""
    least, zero = numbers["least feature"], numbers["features at zero"]
    assert isinstance(least, float) and isinstance(zero, float)
    sign = (
        "none is negative, as they are means of what a ReLU lets through" if least >= 0 else f"the least is {least:.3g}"
    )
    return (
        f"The features are the {count:,} numbers of {layer}: what the network's last layer decides by. Of those read here "
        f"{sign}; {percent(zero)} are exactly 0. Every row of them is divided by its L2 length."
    )


def outcome(mean: float, accuracy: float, classes: int, mistaken: Sequence[Mistaken]) -> str:
    """Say how good the classifier is, and what it takes for what."""
    said = [
        f"The mean per-class accuracy is {percent(mean)} (of all test pictures {percent(accuracy)}); guessing would give "
        f"{percent(1 / classes)}."
    ]
    if abs(mean - accuracy) < 0.01:
        said.append("The two hardly differ: the classes have about as many pictures, or are about as hard.")
    else:
        weight = "rare classes are the harder ones" if mean < accuracy else "rare classes are the easier ones"
        said.append(f"The two differ: {weight} here.")
    if not mistaken:
        said.append("No test picture was read as another class.")
        return " ".join(said)
    told = [f"{one.true} read as {one.read} ({one.count} of {one.of})" for one in mistaken[:3]]
    said.append(f"The commonest confusions: {listed(told)}.")
    pairs = {(one.true, one.read) for one in mistaken}
    both = sorted({tuple(sorted(pair)) for pair in pairs if pair[::-1] in pairs})
    if both:
        said.append(f"Confused either way: {listed([f'{one} and {other}' for one, other in both])}.")
    return " ".join(said)


def classifier(fits: Sequence[Fit], tested: int, classes: int, features: int, trained: int, known: int) -> str:
    """Discuss the classifier by how it and the others did."""
    main, other, longer = fits
    # What two shares of so many pictures may differ by for no reason: two standard errors of one of them.
    chance = 2 * math.sqrt(main.accuracy * (1 - main.accuracy) / tested)

    def beside(one: Fit) -> str:
        gap = (one.mean_per_class - main.mean_per_class) * 100
        if abs(gap) <= chance * 100:
            return f"differs by {gap:+.1f} points, less than {tested:,} test pictures can tell from chance"
        return f"is {abs(gap):.1f} points {'better' if gap > 0 else 'worse'}, more than chance explains"

    alike = (
        f", {known} of which bear the very names of classes here"
        if known
        else ", none of which bears the name of a class here"
    )
    return (
        f"Softmax regression was used: {(features + 1) * classes:,} numbers learned from {trained:,} pictures. It is convex, "
        f"so there is one best answer, found without luck; the penalty of {main.strength:.2g} keeps it from learning the "
        "training pictures by heart. The network itself learns nothing here: what is right is owed to features that it "
        f"learned for its own classes{alike}. A support vector machine on the same features {beside(other)}. Softmax "
        f"regression without the division by the length {beside(longer)}."
    )


def names_shared(classes: Sequence[str], labels: Sequence[str]) -> int:
    """Count the classes whose names the network knows, whatever their capitals.

    >>> names_shared(["Beagle", "Bengal"], ["beagle", "tabby"])
    1
    """
    known = {label.lower() for label in labels}
    return sum(name.lower() in known for name in classes)


def _per_class(probe: Probe) -> Table:
    return Table(
        ("class", "test pictures", "right", "accuracy", "else mostly read as"),
        tuple(
            (
                row["class"],
                row["pictures"],
                row["right"],
                percent(row["accuracy"]),
                f"{row['most_read_as']} ({row['so_often']})" if row["most_read_as"] else "–",
            )
            for row in probe.table()
        ),
        "Every class.",
    )


def _code(desk: Desk, used: Sequence[Dataset], whole: Sequence[Dataset], real: bool, curve: bool = False) -> str:
    """Return the Python that repeats the figure."""
    name, root = ("oxford-pets", f", root={str(desk.root)!r}") if real else ("digits", "")
    counts = QUICK_PETS if real else QUICK_DIGITS
    lines = [
        f'learn, test = (datasets.load("{name}", part{root}) for part in ("train", "test"))',
        *([f"learn, test = some_of_each(learn, {counts[0]}), some_of_each(test, {counts[1]})"] if desk.quick else []),
        f"probe = study.probe(network, learn, test{f', seed={desk.seed}' if desk.seed else ''})",
        'probe.curve().savefig("strength.png")' if curve else 'probe.save("probe.png")',
    ]
    told = desk.python(*lines, uses="datasets, study")
    extra = "from seethrough.labs.pretrained_and_small.material import some_of_each\n"
    return extra + told if desk.quick else told
