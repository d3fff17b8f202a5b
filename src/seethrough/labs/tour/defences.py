"""Defences: what lasts of an attack, what fails, and what training against attacks gains."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from seethrough import datasets, fool, train
from seethrough.datasets import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, classes_known, exhibit, gallery, seeded, where
from seethrough.labs.tour.sentences import said_defences, said_training
from seethrough.labs.tour.technique import DEFENCES
from seethrough.labs.words import counted
from seethrough.networks.network import Network
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_bars, show_curve
from seethrough.report import Table

PLAIN, HARDENED = "mnist-cnn", "mnist-cnn-robust"
EPS = "0.1"
"""How far attacks on networks of digits may move a pixel, of 1."""
GLIMPSES = ((0, 0), (0, 2), (0, -2), (2, 0), (-2, 0))


def survival(desk: Desk) -> Job[Sections]:
    """A fooling image after what happens to pictures."""
    pixels = framed(desk.network, ["coffee"])
    (goal,) = classes_known(desk.network, "goldfish")
    work = fool.pgd.job(desk.network, pixels, to=goal, eps="4/255", steps=10, until="never", seed=desk.seed)
    fooled, _ = yield from part_of(work, 0, 2)
    found = fool.survival(desk.network, fooled)
    yield Step(1, 1)
    lasts = {name: bool(one) for name, one in zip(found.changes[1:], found.lasts[0, 1:].tolist(), strict=True)}
    return (
        exhibit(
            "survival",
            found.figure(),
            f"A cup read as {goal}, and what it is read as mirrored, cropped, turned, grey, compressed, blurred",
            f"PGD toward {goal} within 4/255, then twelve changes. Orange edge: read as the same wrong class; "
            "yellow: as another "
            "wrong one; blue: the attack is lost.",
            desk.python(
                f'fooled = fool.pgd(network, network.frame(photo("coffee")), to="{goal}", eps="4/255", steps=10, '
                f'until="never"{seeded(desk)})',
                'fool.survival(network, fooled).save("lasts.png")',
                uses="fool, photo",
            ),
            text="Printed and photographed again, a picture is cropped, turned and lit otherwise. This is the part "
            "of it that needs "
            "no printer.",
            answer=f"It is still misread after {counted(sum(lasts.values()), len(lasts), 'changes')}.",
            numbers={"lasts": lasts, "goal": goal},
        ),
    )


def digits_and_truths(network: Network, count: int) -> tuple[Dataset, Tensor]:
    """Return embedded test digits, and their pixels."""
    digits = datasets.load("digits", "test").part(range(count))
    return digits, network.frame([digits[place] for place in range(count)])


def accuracy(read: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor) -> float:
    """Return the share of images read as their label."""
    return float((read(images).argmax(1) == labels).float().mean())


def glimpsed(network: Network, images: Tensor) -> Tensor:
    """Return the mean probability over the image and four views of it, moved by two pixels."""
    views = [network(images.roll(shift, dims=(2, 3))).softmax(1) for shift in GLIMPSES]
    return torch.stack(views).mean(0)


def failed(desk: Desk) -> Job[Sections]:
    """Some of the slide's defences, each attacked."""
    network, second = load(PLAIN), load("mnist-cnn-bn")
    count, epochs, learned = (60, 2, 400) if desk.quick else (200, 6, 1437)
    digits, pixels = digits_and_truths(network, count)
    labels = digits.labels
    stream = torch.Generator().manual_seed(desk.seed)

    def noisy(images: Tensor) -> Tensor:
        return (images + 0.2 * torch.randn(images.shape, generator=stream)).clamp(0, 1)

    rows: list[tuple[str, float, float]] = []
    attacked, _ = yield from part_of(attack(network, pixels, labels, desk.seed), 0, 4)
    readers: Sequence[tuple[str, Callable[[Tensor], Tensor]]] = (
        ("no defence", network),
        ("noise at test time", lambda images: network(noisy(images))),
        ("multiple glimpses", lambda images: glimpsed(network, images)),
        ("an ensemble of two", lambda images: network(images).softmax(1) + second(images).softmax(1)),
    )
    rows += [(name, accuracy(read, pixels, labels), accuracy(read, attacked, labels)) for name, read in readers]
    lessons: tuple[tuple[str, dict[str, Any]], ...] = (("weight decay", {"decay": 0.3}), ("noise at train time", {}))
    for place, (name, recipe) in enumerate(lessons, 1):
        data = datasets.load("digits").part(range(learned))
        if not recipe:
            assert data.pixels is not None
            grains = (data.pixels.float() / 255 + 0.2 * torch.randn(data.pixels.shape, generator=stream)).clamp(0, 1)
            data = Dataset(data.name, data.classes, data.labels, (grains * 255).round().to(torch.uint8))
        work = train.fit.job(data, epochs=epochs, batch=64, rate=0.003, validation=0, seed=desk.seed, **recipe)
        trained, _ = yield from part_of(work, 2 * place - 1, 5)
        pupil = train.network_of(trained)
        against, _ = yield from part_of(attack(pupil, pixels, labels, desk.seed), 2 * place, 5)
        rows.append((name, accuracy(pupil, pixels, labels), accuracy(pupil, against, labels)))
    figure, panels = sheet(1, 2, cell=(3.9, 3.4), title=f"Defences under PGD within {EPS}")
    for panel, column, says in ((panels[0, 0], 1, "clean"), (panels[0, 1], 2, "attacked")):
        values = [float(row[column]) for row in rows]
        names = [row[0] for row in rows]
        show_bars(panel, names, values, texts=[percent(one) for one in values], title=says, limits=(0, 1))
    return (
        exhibit(
            "failed",
            figure,
            "Bars of the accuracy of six networks on clean and on attacked digits",
            f"{count} embedded digits, PGD of 10 steps within {EPS}. The first four share {PLAIN} and the images "
            "made against it "
            "alone, so they are flattered; weight decay (0.3) and noise in training are networks trained in this "
            f"run ({epochs} "
            f"passes through {learned} digits) and attacked themselves.",
            f'from seethrough import datasets, fool, load\n\nnetwork = load("{PLAIN}")\n'
            f'digits = datasets.load("digits", "test").part(range({count}))\n'
            "pixels = network.frame([digits[place] for place in range(len(digits))])\n"
            f'found = fool.pgd(network, pixels, digits.labels.tolist(), eps="{EPS}", steps=10, until="never"{seeded(desk)})\n'
            "views = [network(found.images.roll(by, dims=(2, 3))).softmax(1) for by in "
            f"{GLIMPSES}]\n"
            "print((sum(views).argmax(1) == digits.labels).float().mean())  # multiple glimpses",
            text="The slide's list: generative pretraining, autoencoders, noise at test and at train time, "
            "ensembles, error correcting "
            "codes, multiple glimpses, weight decay, double backprop, dropout and others. Those that are not tried "
            "here stand under "
            "Not yet.",
            answer=said_defences(rows),
            tables=(
                Table(
                    ("defence", "clean", "attacked"),
                    tuple((name, percent(clean), percent(left)) for name, clean, left in rows),
                    "Share of the digits that is read rightly.",
                ),
            ),
            numbers={"rows": {name: [clean, left] for name, clean, left in rows}, "eps": EPS},
        ),
    )


def attack(network: Network, pixels: Tensor, labels: Tensor, seed: int) -> Job[Tensor]:
    """Return digits attacked by PGD."""
    work = fool.pgd.job(
        network, pixels, labels.tolist(), eps=EPS, steps=10, until="never", batch=len(pixels), seed=seed
    )
    found = yield from work
    return found.images


def robust(desk: Desk) -> Job[Sections]:
    """A plain and a hardened network under attack from ever farther away."""
    distances, count = "0,0.05,0.1,0.2,0.3", 50 if desk.quick else 200
    steps = 10 if desk.quick else 40
    curves = []
    digits = test_digits(desk, count)
    for place, name in enumerate((PLAIN, HARDENED)):
        network = load(name)
        pixels = network.frame([digits[at] for at in range(count)])
        work = fool.curve.job(
            network,
            pixels,
            digits.labels.tolist(),
            attacks="pgd",
            eps=distances,
            steps=steps,
            batch=100,
            seed=desk.seed,
        )
        found, _ = yield from part_of(work, place, 2)
        curves.append(found)
    figure, panels = sheet(1, 1, cell=(3.6, 5.4), title=f"PGD-{steps} on {count} digits ({digits.name})")
    lines = {name: one.robust[0].tolist() for name, one in zip((PLAIN, HARDENED), curves, strict=True)}
    show_curve(
        panels[0, 0],
        curves[0].eps.tolist(),
        lines,
        across="eps (linf, of 1)",
        upward="robust accuracy",
        limits=(-0.02, 1.02),
        marks=True,
    )
    last = [lines[name][-2] for name in (PLAIN, HARDENED)]
    others = "" if digits.name == "mnist" else " The embedded digits look otherwise: both networks do worse on them."
    given = where(desk) if digits.name == "mnist" else ""
    return (
        exhibit(
            "robust",
            figure,
            "Robust accuracy of a plain and a hardened network by the size of the attack",
            f"{HARDENED} was trained on digits of MNIST attacked within 0.3.{others}",
            f'from seethrough import datasets, fool, load\n\nnetwork = load("{HARDENED}")\n'
            f'digits = datasets.load("{digits.name}", "test"{given}).part(range({count}))\n'
            "pixels = network.frame([digits[place] for place in range(len(digits))])\n"
            f'found = fool.curve(network, pixels, digits.labels.tolist(), attacks="pgd", eps="{distances}", steps={steps}'
            f'{seeded(desk)})\nfound.save("robust.png")',
            text="An attacked picture still has the same label: train on it, and the attack loses its hold.",
            answer="Within 0.2: " + said_training((lines[PLAIN][0], last[0]), (lines[HARDENED][0], last[1])),
            numbers={"eps": curves[0].eps.tolist(), "robust": lines},
        ),
    )


def test_digits(desk: Desk, count: int) -> Dataset:
    """Return the first test digits of MNIST where it is at hand, else embedded ones."""
    try:
        return datasets.load("mnist", "test", root=desk.root).part(range(count))
    except UserError:
        return datasets.load("digits", "test").part(range(count))


def taught(key: str, arch: str, kind: str, learned: tuple[int, int], epochs: tuple[int, int], text: str) -> Exhibit:
    """Return the exhibit of a model trained on plain and on attacked digits, both tested on both."""

    def make(desk: Desk) -> Job[Sections]:
        which = 0 if desk.quick else 1
        data, count = datasets.load("digits").part(range(learned[which])), 60 if desk.quick else 200
        told: dict[str, Any] = {
            "arch": arch,
            "epochs": epochs[which],
            "batch": 64,
            "rate": 0.003,
            "validation": 0,
            "seed": desk.seed,
        }
        results: dict[str, tuple[float, float]] = {}
        ways: tuple[tuple[str, dict[str, Any]], ...] = (
            ("plain", {}),
            (kind, {"against": kind, "eps": EPS, "attacked": 20}),
        )
        for place, (name, more) in enumerate(ways):
            trained, _ = yield from part_of(train.fit.job(data, **told, **more), 2 * place, 4)
            network = train.network_of(trained)
            digits, pixels = digits_and_truths(network, count)
            against, _ = yield from part_of(attack(network, pixels, digits.labels, desk.seed), 2 * place + 1, 4)
            results[name] = accuracy(network, pixels, digits.labels), accuracy(network, against, digits.labels)
        figure, panels = sheet(1, 2, cell=(2.6, 3.4), title=f"{arch}, trained on plain and on attacked digits")
        for panel, place, says in ((panels[0, 0], 0, "tested clean"), (panels[0, 1], 1, "tested attacked")):
            values = [results[name][place] for name in results]
            names = ["trained plain", f"trained against {kind}"]
            show_bars(panel, names, values, texts=[percent(one) for one in values], title=says, limits=(0, 1))
        return (
            exhibit(
                key,
                figure,
                "Bars of the accuracy on clean and on attacked digits of a plainly trained and a hardened model",
                f"{epochs[which]} passes through {len(data)} embedded digits, {kind} within {EPS}; tested on {count} "
                "others, clean "
                f"and under PGD of 10 steps within {EPS}.",
                "from seethrough import datasets, train\n\n"
                f'data = datasets.load("digits").part(range({learned[which]}))\n'
                f'test = datasets.load("digits", "test").part(range({count}))\n'
                f'told = {{"arch": "{arch}", "epochs": {epochs[which]}, "batch": 64, "rate": 0.003, "validation": 0}}\n'
                f'print(train.fit(data, test, **told, against="{kind}", eps="{EPS}"{seeded(desk)}))',
                text=text,
                answer=said_training(results["plain"], results[kind]),
                numbers={"results": {name: list(pair) for name, pair in results.items()}, "eps": EPS},
            ),
        )

    return Exhibit((key,), make)


PART = Part(
    DEFENCES,
    "J. What lasts, and defences",
    gallery(
        "J. What lasts, and defences",
        "An attack is easy, a defence is hard.",
        Exhibit(("survival",), survival),
        Exhibit(("failed",), failed),
        Exhibit(("robust",), robust),
        taught(
            "training",
            "digits-cnn",
            "fast",
            (400, 1437),
            (4, 8),
            "Every batch becomes an attacked one, made anew against the network as it is then.",
        ),
        taught(
            "other-models",
            "linear",
            "fgsm",
            (400, 1437),
            (8, 20),
            "Linear models cannot learn a step function: adversarial training is less useful there, much like weight decay.",
        ),
    ),
)
