"""Part 3 a: noise that the network reads as a digit."""

from seethrough import dream, fool, load
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.drawn import curves, rows_of_pictures
from seethrough.labs.digits.material import DIGITS, Material, judge_of, material, pixels_of, readings, seeded
from seethrough.labs.digits.measures import apart, judges
from seethrough.labs.document import Sections
from seethrough.networks.network import Network
from seethrough.networks.weights import checksum
from seethrough.percent import percent
from seethrough.report import Section, Table, picture

STEP = 0.5
"""How long a step is, of pixels from 0 to 1: two hundred of them could repaint the picture several times."""
ALL = list(range(len(DIGITS)))


def steps_of(desk: Desk) -> int:
    """Return how many steps are taken."""
    return 60 if desk.quick else 200


def from_noise(desk: Desk) -> Job[Sections]:
    """Make part 3 a, with what all of part 3 has in common."""
    here, steps = material(desk), steps_of(desk)
    weights = checksum(desk.network.module)
    first, _ = yield from part_of(
        fool.from_noise.job(desk.network, "all", step=STEP, steps=200, seed=desk.seed, batch=10), 0, 2
    )
    climbed = dream.class_.job(
        desk.network,
        ALL,
        recipe="simonyan",
        start=first.originals,
        norm=0.0,
        rate=STEP,
        steps=steps,
        seed=desk.seed,
        batch=10,
    )
    far, _ = yield from part_of(climbed, 1, 2)
    judge = judges(here, judge_of(desk), desk.seed)
    found = judge.judge(far.images, ALL)
    sure = readings(desk.network, far.images).diagonal().tolist()
    early = readings(desk.network, first.images).diagonal().tolist()
    moved = apart(far.images, first.originals)
    taken = [int(value) for value in first.steps]
    trace = far.trace
    upward = float((trace[:, 1:] > trace[:, :-1]).double().mean())
    confident, looks = answers.from_noise(sure, taken, str(first.before[0]), found, judge.real)
    read = readings(judge.network, far.images)
    figure = rows_of_pictures(
        f"From noise to each of the ten classes ({desk.network.name})",
        {
            "as soon as the network is 99 % sure": (
                first.images,
                [
                    f"{name}: {percent(value)}\n{count} steps"
                    for name, value, count in zip(DIGITS, early, taken, strict=True)
                ],
            ),
            f"after {steps} steps": (
                far.images,
                [f"{name}: {percent(value)}" for name, value in zip(DIGITS, sure, strict=True)],
            ),
        },
    )
    again = (
        f'noise = fool.from_noise(network, "all"{seeded(desk)}).originals',
        f'found = dream.class_(network, range(10), recipe="simonyan", start=noise, norm=0, rate={STEP}, steps={steps})',
    )
    shown = picture(
        figure,
        "Two rows of ten noisy pictures, one for each digit, with what the network reads and how sure it is",
        "Every picture begins with grey noise about 128 of 255 and takes steps along the gradient of its class's "
        "logit.",
        desk.python(*again, 'found.save("from-noise.png")', uses="dream, fool"),
    )
    drawn = picture(
        curves("The cost: the score of the class, step by step", "step", "score (logit)", _lines(trace.tolist())),
        "Ten curves that rise over the steps",
        "The score of the class before softmax, for each of the ten images.",
        desk.python(*again, 'found.curve().savefig("cost.png")', uses="dream, fool"),
    )
    rows = tuple(
        (
            name,
            taken[place],
            percent(sure[place]),
            f"{DIGITS[int(read[place].argmax())]} {percent(float(read[place].max()))}",
            f"{found.alike[place]:.2f}",
            f"{moved[place]:.0f}",
        )
        for place, name in enumerate(DIGITS)
    )
    head = (
        "class",
        "steps to 99 %",
        f"probability after {steps}",
        f"{judge.network.name} reads",
        "correlation",
        "levels moved",
    )
    title = "3a. Non-targeted attack: from noise to each class"
    return (
        _heading(desk, here),
        Section(
            title,
            "The image begins as Gaussian noise about 128 of 255, with a standard deviation of 25.5. Then x <- x + "
            "step * d / |d|, d "
            f"being the gradient of the class's logit for the image. The step is {STEP} in pixels from 0 to 1 (a "
            "step of "
            "one length in place of a factor: the gradient's own size differs a hundredfold between networks), and "
            "pixels stay "
            "in [0, 1]. Only the image is changed.",
            (shown,),
            (
                Table(
                    head, rows, "Correlation: with the mean digit of the class. Levels moved: of 255, root mean square."
                ),
            ),
            task="Begin with Gaussian noise about 128 and climb the logit of each class. Show the image for each "
            "class.",
            numbers={
                "class": list(DIGITS),
                "probability": sure,
                "steps to 99 %": taken,
                "probability then": early,
                "levels moved": moved,
                **found.numbers(),
                "of real digits": judge.real.numbers(),
                "weights unchanged": checksum(desk.network.module) == weights,
            },
        ),
        Section("Is the network always sure?", answer=confident, numbers={"least": min(sure)}, level=3),
        Section(
            "Do the images look like a number?",
            answer=looks,
            numbers={"looks like a digit": answers.likeness(found, judge.real)},
            level=3,
        ),
        Section(
            "Does the cost increase or decrease?",
            "",
            (drawn,),
            answer=answers.cost(trace[:, 0].tolist(), trace[:, -1].tolist(), upward),
            numbers={"first": trace[:, 0].tolist(), "last": trace[:, -1].tolist(), "share of steps upward": upward},
            level=3,
        ),
    )


def _heading(desk: Desk, here: Material) -> Section:
    others = {name: load(name) for name in ("mnist-cnn", "mnist-cnn-bn") if name != desk.network.name}
    right = {name: _right(one, here) for name, one in {desk.network.name: desk.network, **others}.items()}
    told = ", ".join(f"{name} {percent(value)}" for name, value in right.items())
    best = max(right, key=lambda name: right[name])
    choice = (
        f"{desk.network.name} is the best of them."
        if best == desk.network.name
        else f"{best} is the best of them; {desk.network.name} is attacked all the same, as it is the network the "
        "sheet describes (or the one asked for)."
    )
    text = (
        f"{here.said}\n\nThe network attacked is {desk.network.name}, loaded with its trained weights, which nothing "
        "here changes. "
        f"Test pictures of {here.name} read rightly: {told}. {choice}\n\nPixels go from 0 to 1 here. What a sheet "
        "says for 0 to 255 is to "
        "be divided by 255 (distances), and a weight beta of a squared difference multiplied by 255²."
    )
    return Section(f"3. Adversarial examples{here.in_title}", text, numbers={"test accuracy": right})


def _right(network: Network, here: Material) -> float:
    read = readings(network, pixels_of(here.test, slice(None))).argmax(1)
    return float((read == here.test.labels).double().mean())


def _lines(rows: list[list[float]]) -> dict[str, list[float]]:
    return dict(zip(DIGITS, rows, strict=True))
