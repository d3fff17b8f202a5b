"""Linear models: why it is so easy."""

from collections.abc import Mapping
from typing import Any

import torch

from seethrough import datasets, fool
from seethrough.errors import require
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, exhibit, gallery
from seethrough.labs.tour.sentences import said_linearity
from seethrough.labs.tour.technique import LINEAR
from seethrough.labs.words import counted
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import OKABE_ITO, sheet, show_image
from seethrough.report import Table
from seethrough.report.page import Cell

NETWORK = "cifar10-linear"
X = (2, -1, 3, -2, 2, 2, 1, -4, 5, 1)
W = (-1, -1, 1, -1, 1, -1, 1, 1, -1, 1)
NINE = 9
NEAR, FAR = "0.5/255", "8/255"


def turned(key: str, called: str, imports: str, settings: Mapping[str, Any]) -> Exhibit:
    """Return the exhibit of a nine moved across the boundaries of a linear classifier, to each other digit."""

    def make(desk: Desk) -> Job[Sections]:
        digits = datasets.load("digits")
        assert digits.pixels is not None
        rows = (digits.pixels.double() / 255).flatten(1).numpy()
        module, _, maker = imports.removeprefix("from ").partition(" import ")
        model = getattr(require(module, "study"), maker)(**settings)
        model.fit(rows, digits.labels.numpy())
        said = ", ".join(f"{name}={value}" for name, value in settings.items())
        yield Step(1, 2)
        first = int((digits.labels == NINE).nonzero()[0, 0])
        goals = [digit for digit in range(10) if digit != NINE]
        nine = rows[[first] * len(goals)]
        found = fool.linear(model, nine, to=goals, bounds=(0, 1))
        figure, panels = sheet(2, 5, cell=(1.95, 1.7), title=f"A nine against {called}")
        show_image(panels[0, 0], found.inputs[0].view(1, 28, 28).float(), f"it was {found.before[0]}")
        for panel, moved, read, far in zip(
            panels.flat[1:], found.moved, found.after, found.distance.tolist(), strict=True
        ):
            show_image(panel, moved.view(1, 28, 28).float().clamp(0, 1), f"now {read}, by {far:.2f}")
            for edge in panel.spines.values():
                edge.set(color=OKABE_ITO[4] if read != found.before[0] else edge.get_edgecolor(), linewidth=2.5)
        success = int(found.success.sum())
        least = int(found.distance.argmin())
        distances = dict(zip(map(str, goals), found.distance.tolist(), strict=True))
        return (
            exhibit(
                key,
                figure,
                "A handwritten nine, and nine pictures that look the same and are read as the other digits",
                f"{called.capitalize()} of 784 pixels, from {len(digits):,} embedded digits. By how much each pixel "
                "changed at most, "
                "of 1; a yellow edge: misread.",
                f"{imports}\n\nfrom seethrough import datasets, fool\n\n"
                'digits = datasets.load("digits")\n'
                "rows = (digits.pixels.double() / 255).flatten(1).numpy()\n"
                f"model = {imports.split()[-1]}({said}).fit(rows, digits.labels.numpy())\n"
                f"print(fool.linear(model, rows[[{first}] * 9], to={goals}, bounds=(0, 1)))",
                text="Every pixel moves a little along the sign of the difference of two classes' weights: |f| / "
                "|w|_1 is the least "
                "that crosses the boundary.",
                answer=f"{counted(success, len(goals), 'goals').capitalize()} are reached; nearest is {found.goals[least]}, "
                f"{float(found.distance[least]):.3f} a pixel.",
                numbers={"reached": success, "distances": distances},
            ),
        )

    return Exhibit((key,), make)


def ten_numbers(desk: Desk) -> Job[Sections]:
    """The lecture's own example."""
    found = fool.linear((list(W), 0), list(X), eps=0.5)
    yield Step(1, 1)
    before, after = float(found.scores_before.flatten()[-1]), float(found.scores_after.flatten()[-1])
    shares = [float(torch.tensor(score).sigmoid()) for score in (before, after)]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("x", *X),
        ("w", *W),
        ("adversarial x", *(float(one) for one in found.moved[0])),
    )
    flips = "the other class" if shares[1] > 0.5 > shares[0] else "the same class"
    return (
        exhibit(
            "ten-numbers",
            found.figure(),
            "Columns of ten numbers before and after, and their weights",
            f"The score goes from {before:.4g} to {after:.4g}, P(class 1) from {percent(shares[0])} to {percent(shares[1])}.",
            "from seethrough import fool\n\n"
            f'found = fool.linear(({list(W)}, 0), {list(X)}, eps=0.5)\nprint(found)\nfound.save("ten-numbers.png")',
            text="P(y = 1 | x) = sigma(w . x + b). Each number moves by 0.5 along the sign of its weight, and the "
            "score by 0.5 for each.",
            answer=f"It is read as {flips} now. With ten numbers it took half a unit each; a photo of 224 x 224 has "
            "150,528 numbers, "
            "and each needs the smaller nudge.",
            tables=(Table(("", *map(str, range(1, 11))), rows, "The ten numbers."),),
            numbers={"scores": [before, after], "probabilities": shares, "adversarial": found.moved[0].tolist()},
        ),
    )


def mix(desk: Desk) -> Job[Sections]:
    """A little of a class's weights mixed into photos."""
    names = ("cat", "moped", "rocket")
    network, goals = load(NETWORK), ["horse", "truck", "automobile"]
    found = fool.mix(network, framed(network, names), to=goals)
    yield Step(1, 1)
    rows = tuple(
        (
            name,
            str(found.before[place]),
            f"{float(found.shares[place]):.3f} of {goals[place]}",
            str(found.after[place]),
        )
        for place, name in enumerate(names)
    )
    most = float(found.shares.max())
    small = "which is little" if most < 0.15 else "which can be seen"
    return (
        exhibit(
            "mix",
            found.figure(),
            "Photos in 32 x 32 pixels, the weights of another class, and the two mixed",
            f"{NETWORK}, softmax regression on CIFAR-10. The share is the most that a pixel changes: the least that "
            "makes the class "
            "the first.",
            "from seethrough import fool, load, photo\n\n"
            f'network = load("{NETWORK}")\n'
            'pixels = network.frame([photo(name) for name in ("cat", "moped", "rocket")])\n'
            f'fool.mix(network, pixels, to={goals}).save("mixed.png")',
            text="A linear classifier compares a picture with one template a class; a tiny bit of a template weighs "
            "more than the "
            "picture. The templates themselves are in part B.",
            answer=f"At most {most:.3f} of a pixel's range was needed, {small}.",
            tables=(Table(("photo", "before", "mixed in", "after"), rows, "Read before and after."),),
            numbers={"shares": found.shares.tolist(), "after": [guess.label for guess in found.after], "goals": goals},
        ),
    )


def linearity(desk: Desk) -> Job[Sections]:
    """Scores along the sign of the gradient, near and far."""
    pixels, points = framed(desk.network, ["cat"]), 11 if desk.quick else 31
    near, _ = yield from part_of(fool.linearity.job(desk.network, pixels, eps=NEAR, points=points), 0, 2)
    far, _ = yield from part_of(fool.linearity.job(desk.network, pixels, eps=FAR, points=points), 1, 2)
    label = far.targets[0].label
    straight = near.of_class(0), far.of_class(0)
    return (
        exhibit(
            "linearity",
            far.figure(),
            "The scores of all classes along the sign of the gradient, above the photo at five places on the way",
            f"{points} steps from -{FAR} to +{FAR} of a pixel's range, along the sign of the gradient of {label}'s "
            "cross entropy.",
            desk.command(f"fool linearity cat --eps {FAR} --points {points} -o linearity.png"),
            text="Are adversarial examples overfitting? Then they would be odd spots, each model's own. Or excessive "
            "linearity: "
            "networks of ReLUs are linear piece by piece, and a score runs straight on along a line.",
            answer=said_linearity(label, *straight, (NEAR, FAR)),
            numbers={"near": straight[0], "far": straight[1], "at the end": far.read(0, -1)},
        ),
    )


def fgsm(desk: Desk) -> Job[Sections]:
    """One step along the sign of the gradient."""
    eps = "0.007"
    names = ("cat", "moped")
    found = yield from fool.fgsm.job(desk.network, framed(desk.network, names), eps=eps)
    added = found.images - found.originals
    figure, panels = sheet(len(names), 3, cell=(2.75, 2.7), title=f"x + {eps} sign(gradient) ({desk.network.name})")
    for place, line in enumerate(panels):
        show_image(line[0], found.originals[place], str(found.before[place]))
        show_image(line[1], 0.5 + added[place].sign() / 2, "sign of the gradient")
        show_image(line[2], found.images[place], str(found.after[place]))
    misread = int(found.success.sum())
    return (
        exhibit(
            "fgsm",
            figure,
            "Photos, the sign of the gradient, and the photos after one step along it",
            f"eps {eps} of pixels from 0 to 1, under two grey levels of 255.",
            desk.command(f"fool fgsm {' '.join(names)} --eps {eps} -o fgsm.png"),
            text="x + eps sign(dJ/dx): the best step within eps of every pixel, if the loss J were linear.",
            answer=f"{counted(misread, len(names), 'photos').capitalize()} are read as another class after one step.",
            numbers={"after": [guess.label for guess in found.after], "misread": misread, "eps": eps},
        ),
    )


PART = Part(
    LINEAR,
    "I. Linear models, and networks as such",
    gallery(
        "I. Linear models, and networks as such",
        "Not just for neural nets: where every number moves the score a little, many numbers move it far.",
        turned(
            "softmax",
            "softmax regression",
            "from sklearn.linear_model import LogisticRegression",
            {"max_iter": 300},
        ),
        turned("svm", "a linear support vector machine", "from sklearn.svm import LinearSVC", {"C": 0.01}),
        Exhibit(("ten-numbers",), ten_numbers),
        Exhibit(("mix",), mix),
        Exhibit(("linearity",), linearity),
        Exhibit(("fgsm",), fgsm),
    ),
)
