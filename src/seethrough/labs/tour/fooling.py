"""Fooling deep networks: noise, adversarial examples, and other networks than the one attacked."""

from dataclasses import replace

from seethrough import datasets, fool
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, classes_known, exhibit, gallery, seed_option, seeded
from seethrough.labs.tour.sentences import said_fooled, said_transfer
from seethrough.labs.tour.technique import FOOLING
from seethrough.labs.words import counted, listed
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.report import Table

SURE = 0.996
DIGITS = "mnist-cnn"
OTHERS = ("mnist-cnn-bn", "mnist-cnn-robust")


def noise(desk: Desk) -> Job[Sections]:
    """Noise that a network is sure of."""
    classes = classes_known(desk.network, "goldfish", "school bus", "ostrich")
    until, steps = 0.98, 120 if desk.quick else 300
    found = yield from fool.from_noise.job(desk.network, classes, until=until, steps=steps, seed=desk.seed)
    shares, sure = found.goal_after.tolist(), [bool(one) for one in found.success]
    figure, panels = sheet(1, len(classes), cell=(2.3, 2.0), title=f"Noise ({desk.network.name})")
    for panel, image, guess in zip(panels[0], found.images, found.after, strict=True):
        show_image(panel, image, str(guess))
    quoted = " ".join(f'"{name}"' if " " in name else name for name in classes)
    return (
        exhibit(
            "noise",
            figure,
            f"Images of noise that the network reads as {listed(classes)}",
            f"Climbing the score until {percent(until)}, at most {steps} steps: "
            f"{listed([f'{name} {percent(share)}' for name, share in zip(classes, shares, strict=True)])}.",
            desk.command(f"fool from-noise {quoted} --until {until} --steps {steps} -o noise.png"),
            text="The procedure of class visualisation with another goal: no regulariser, and no picture is wanted.",
            answer=f"{counted(sum(sure), len(sure), 'images').capitalize()} reach {percent(until)}: they make "
            + ("sense to the network, and none to us." if all(sure) else "less sense to the network than was asked."),
            numbers={"probabilities": dict(zip(classes, shares, strict=True)), "until": until},
        ),
    )


def adversarial(desk: Desk) -> Job[Sections]:
    """Photos read as something else, with the difference, and ten times the difference."""
    names = ("cat", "moped", "coffee")[: 2 if desk.quick else 3]
    goals = (classes_known(desk.network, "koala", "iPod", "schooner") * 3)[: len(names)]
    pixels = framed(desk.network, names)
    found = yield from fool.toward.job(desk.network, pixels, to=goals, until=0.9, step=0.2, seed=desk.seed)
    added = found.images - found.originals
    figure, panels = sheet(len(names), 4, cell=(2.75, 2.3), title=f"Adversarial examples ({desk.network.name})")
    for place, line in enumerate(panels):
        show_image(line[0], found.originals[place], str(found.before[place]))
        show_image(line[1], found.images[place], str(found.after[place]))
        show_image(line[2], (0.5 + added[place]).clamp(0, 1), "difference")
        show_image(line[3], (0.5 + 10 * added[place]).clamp(0, 1), "10x difference")
    success = [bool(one) for one in found.success]
    rows = tuple(
        (name, str(found.before[place]), str(found.after[place]), int(found.steps[place]), float(found.l2[place]))
        for place, name in enumerate(names)
    )
    return (
        exhibit(
            "adversarial",
            figure,
            "Photos, the same photos read as other things, the difference, and ten times the difference",
            "About grey: no change. Steps of length 0.2 (pixels from 0 to 1) along the gradient of the wanted "
            "class's score, until "
            "it has 90 %.",
            desk.python(
                f"pixels = network.frame([photo(name) for name in {names!r}])",
                f'fool.toward(network, pixels, to={goals!r}, until=0.9, step=0.2{seeded(desk)}).save("fooled.png")',
                uses="fool, photo",
            ),
            text="1. Start from any image. 2. Pick any category. 3. Climb its score. 4. Stop when the network is fooled.",
            answer=said_fooled(names, success, float(found.linf.max())),
            tables=(Table(("photo", "before", "after", "steps", "L2"), rows, "How little it takes."),),
            numbers={
                "goals": goals,
                "after": [guess.label for guess in found.after],
                "goal after": found.goal_after.tolist(),
                "linf": found.linf.tolist(),
                "success": success,
            },
        ),
    )


def transfer(desk: Desk) -> Job[Sections]:
    """Images made against one network, shown to others."""
    source, eps = load(DIGITS), "0.25"
    count = 60 if desk.quick else 200
    digits = datasets.load("digits", "test").part(range(count))
    pixels = source.frame([digits[place] for place in range(count)])
    truths = digits.labels.tolist()
    attack = fool.pgd.job(source, pixels, truths, eps=eps, steps=10, until="never", batch=100, seed=desk.seed)
    found = yield from attack
    misread, clean = {}, {}
    readers = [source, *(load(name) for name in OTHERS)]
    pictures = []
    for place, reader in enumerate(readers):
        clean[reader.name] = float((reader(pixels).argmax(1) != digits.labels).float().mean())
        read = reader(found.images)
        misread[reader.name] = float((read.argmax(1) != digits.labels).float().mean())
        pictures.append([guesses[0] for guesses in reader.classify(found.images[:6], top=1).rows])
        yield Step(place + 1, len(readers))
    figure, panels = sheet(
        len(readers), 6, cell=(1.85, 1.45), title=f"Made against {DIGITS}, shown to each (eps {eps})"
    )
    for line, reader, guesses in zip(panels, readers, pictures, strict=True):
        for panel, image, guess, truth in zip(line, found.images, guesses, truths, strict=False):
            show_image(panel, image, f"{guess}" if guess.index == truth else f"NOT {truth}: {guess.label}")
        name_row(line[0], reader.name)
    own = misread.pop(DIGITS)
    rows = tuple((name, percent(clean[name]), percent({DIGITS: own, **misread}[name])) for name in clean)
    code = (
        f'from seethrough import datasets, fool, load\n\nnetwork, other = load("{DIGITS}"), load("{OTHERS[0]}")\n'
        f'digits = datasets.load("digits", "test").part(range({count}))\n'
        "pixels = network.frame([digits[place] for place in range(len(digits))])\n"
        f'found = fool.pgd(network, pixels, digits.labels.tolist(), eps="{eps}", steps=10, until="never"{seeded(desk)})\n'
        "print((other(found.images).argmax(1) != digits.labels).float().mean())"
    )
    return (
        exhibit(
            "transfer",
            figure,
            "Six attacked digits, and what the attacked network and two others read in them",
            f"PGD of 10 steps within {eps} on {count} embedded digits, away from what they show; a row for each "
            "network that looks "
            "at the same images.",
            code,
            text="White box: the attacker has the weights, and so gradients. Black box: only predictions. Images made for one "
            "network often mislead another that learned the same task.",
            answer=said_transfer(DIGITS, own, misread),
            tables=(Table(("network", "misread clean", "misread attacked"), rows, "Shares of the digits."),),
            numbers={"attacked": DIGITS, "own": own, "others": misread, "clean": clean, "eps": eps},
        ),
    )


def name_row(panel: object, name: str) -> None:
    """Write beside a row of pictures whose it is."""
    panel.set_ylabel(name, fontsize=9)  # type: ignore[attr-defined]


def distort(desk: Desk) -> Job[Sections]:
    """The least distortion that makes an ostrich of each photo."""
    names = ("coffee", "rocket")[: 1 if desk.quick else 2]
    (goal,) = classes_known(desk.network, "ostrich")
    steps, searches = (12, 3) if desk.quick else (40, 6)
    pixels = framed(desk.network, names)
    found = yield from fool.lbfgs.job(desk.network, pixels, to=goal, steps=steps, searches=searches, seed=desk.seed)
    found = replace(found, photos=names)
    success = [bool(one) for one in found.success]
    return (
        exhibit(
            "distort",
            found.figure(),
            f"Photos, the distortion, and the same photos read as {goal}",
            f"L-BFGS, {steps} steps for each of {searches} weights; L2 {listed([f'{one:.2g}' for one in found.l2.tolist()])}.",
            desk.command(
                f"fool lbfgs {' '.join(names)} --to {goal} --steps {steps} --searches {searches} -o ostrich.png"
            ),
            text="min c |r|^2 + loss(x + r, ostrich), with the least c that still misleads (Szegedy et al. 2013).",
            answer=said_fooled(names, success, float(found.linf.max())),
            numbers={"goal": goal, "after": [guess.label for guess in found.after], "l2": found.l2.tolist()},
        ),
    )


def unrecognisable(desk: Desk) -> Job[Sections]:
    """Noise read as each digit, surer than 99.6 %."""
    network = load(DIGITS)
    labels = list(network.labels.names)
    found = yield from fool.from_noise.job(network, labels, until=SURE, steps=200, batch=10, seed=desk.seed)
    figure, panels = sheet(2, 5, cell=(1.9, 1.7), title=f"Not digits ({DIGITS})")
    for panel, image, guess in zip(panels.flat, found.images, found.after, strict=True):
        show_image(panel, image, str(guess))
    sure = [share > SURE for share in found.goal_after.tolist()]
    return (
        exhibit(
            "unrecognisable",
            figure,
            "Ten pictures of noise, each read as another digit",
            f"{counted(sum(sure), 10, 'images').capitalize()} are read as their digit with more than {percent(SURE)}, after "
            f"{int(found.steps.min())} to {int(found.steps.max())} steps.",
            f"seethrough fool from-noise {' '.join(labels)} --until {SURE} --net {DIGITS} -o noise.png{seed_option(desk)}",
            text="Where no training picture lies, a network may still be sure: it only learned to tell its classes apart.",
            answer=f"Least sure is {labels[int(found.goal_after.argmin())]} with {percent(float(found.goal_after.min()))}.",
            numbers={"probabilities": dict(zip(labels, found.goal_after.tolist(), strict=True)), "sure": sum(sure)},
        ),
    )


PART = Part(
    FOOLING,
    "H. Fooling deep networks",
    gallery(
        "H. Fooling deep networks",
        "Images that make sense to a network and none to us, and changes that we do not see.",
        Exhibit(("noise",), noise),
        Exhibit(("adversarial",), adversarial),
        Exhibit(("transfer",), transfer),
        Exhibit(("distort",), distort),
        Exhibit(("unrecognisable",), unrecognisable),
    ),
)
