"""Optional 1: images by optimisation, of the ten classes and of units in the middle."""

from dataclasses import dataclass

import torch

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.drawn import curves, lay, stretched, table_of_pictures
from seethrough.labs.digits.look import after_relu
from seethrough.labs.digits.material import DIGITS, Material, judge_of, material, pixels_of, readings, seeded
from seethrough.labs.digits.measures import Judges, correlations, judges
from seethrough.labs.document import Sections
from seethrough.plots import sheet
from seethrough.report import Section, Table, picture
from seethrough.results.dream import Dream

ALL = list(range(len(DIGITS)))
RATE = 0.3
WEAK = 1e-4
"""Lambda for units: their activations are small beside logits."""
EACH = 16
"""Units of a layer that are dreamt."""


@dataclass(frozen=True)
class Way:
    """How ten images are begun: black or noise, from which seed, and the weight of the penalty."""

    start: str
    weight: float
    seed: int

    @property
    def says(self) -> str:
        """Return it in two lines, for under a column."""
        begin = "zeros" if self.start == "black" else f"noise {self.seed}"
        return f"{begin}\nλ {self.weight:g}"


def ways(seed: int) -> list[Way]:
    """Return ten ways to begin: four weights from zeros, then noise of six seeds, with the weight in turn."""
    weights = (0.1, 0.02, 0.3, 1.0)
    noise = [Way("noise", weights[place % 3], seed + place // 3) for place in range(6)]
    return [*(Way("black", weight, seed) for weight in weights), *noise]


def optimise(desk: Desk) -> Job[Sections]:
    """Make optional part 1."""
    here, steps = material(desk), 200
    chosen, found = ways(desk.seed), []
    layers = after_relu(desk.network)
    count = len(chosen) + len(layers)
    for place, way in enumerate(chosen):
        work = dream.class_.job(
            desk.network,
            ALL,
            recipe="simonyan",
            start=way.start,
            about="black",
            norm=way.weight,
            rate=RATE,
            steps=steps,
            seed=way.seed,
            batch=10,
        )
        one, _ = yield from part_of(work, place, count)
        found.append(one)
    excited = []
    for place, layer in enumerate(layers, start=len(chosen)):
        names = [f"{layer}:{unit}" for unit in range(min(EACH, desk.network.layers[layer].units))]
        dreamt = dream.unit.job(
            desk.network,
            names,
            recipe="simonyan",
            start="black",
            about="black",
            norm=WEAK,
            rate=RATE,
            steps=steps,
            seed=desk.seed,
            batch=16,
        )
        one, _ = yield from part_of(dreamt, place, count)
        excited.append(one)
    judge = judges(here, judge_of(desk), desk.seed)
    return (*_classes(desk, here, chosen, found, judge, steps), _units(desk, here, layers, excited, judge))


def _lines(way: Way, steps: int) -> str:
    return (
        f'found = dream.class_(network, range(10), recipe="simonyan", start="{way.start}", about="black", '
        f"norm={way.weight:g}, "
        f"rate={RATE}, steps={steps}, seed={way.seed})"
    )


def _classes(
    desk: Desk, here: Material, chosen: list[Way], found: list[Dream], judge: Judges, steps: int
) -> tuple[Section, ...]:
    # By digit first: a row of the table is a digit.
    images = torch.stack([one.images for one in found], 1).flatten(0, 1)
    wanted = torch.arange(len(DIGITS)).repeat_interleave(len(chosen))
    read = readings(desk.network, images)
    sure = read.gather(1, wanted[:, None])[:, 0].tolist()
    seen, zeros = judge.judge(images, wanted), judge.judge(found[0].images, ALL)
    by_weight: dict[float, list[tuple[float, float]]] = {}
    for way, one in zip(chosen, found, strict=True):
        norms = one.images.square().sum((1, 2, 3)).sqrt()
        by_weight.setdefault(way.weight, []).append((float(norms.mean()), float(one.reached.mean())))
    rows = [
        (weight, sum(norm for norm, _ in pairs) / len(pairs), sum(score for _, score in pairs) / len(pairs))
        for weight, pairs in sorted(by_weight.items())
    ]
    figure = table_of_pictures(
        f"Ten images for each class by optimisation ({desk.network.name})",
        images,
        [way.says for way in chosen],
        list(DIGITS),
    )
    each = tuple(
        (
            way.says.replace("\n", ", "),
            f"{sum(guess.index == place for place, guess in enumerate(one.guesses))} of 10",
            f"{float(one.reached.mean()):.1f}",
            f"{float(one.images.square().sum((1, 2, 3)).sqrt().mean()):.1f}",
            f"{sum(judge.judge(one.images, ALL).by_mean)} of 10",
            f"{sum(judge.judge(one.images, ALL).by_other)} of 10",
        )
        for way, one in zip(chosen, found, strict=True)
    )
    head = (
        "begins as",
        "read as the class",
        "mean score",
        "mean norm",
        "nearest mean digit is the class",
        f"{judge.network.name} agrees",
    )
    first = found[0].trace
    last = found[-1].trace
    lines = {
        title: dict(zip(DIGITS, trace.tolist(), strict=True))
        for title, trace in ((chosen[0].says.replace("\n", ", "), first), (chosen[-1].says.replace("\n", ", "), last))
    }
    shown = tuple(
        picture(
            curves(f"J by iteration, begun as {title}", "iteration", "J = score - λ |I|²", own),
            f"Ten curves of the cost over {steps} iterations",
            "One curve a digit. J counts the penalty, so it lies below the score.",
            desk.python(_lines(way, steps), 'found.curve().savefig("cost.png")', uses="dream"),
        )
        for way, (title, own) in zip((chosen[0], chosen[-1]), lines.items(), strict=True)
    )
    upward = float((first[:, 1:] > first[:, :-1]).double().mean())
    return (
        Section(
            f"Optional 1. Optimisation over images{here.in_title}",
            f"J(I) = S(I) - λ |I|², S being the class's logit, {steps} steps of length {RATE} along the gradient "
            "(pixels from 0 to 1, which "
            "is where they stay). From zeros there is nothing left to chance: ten images of one class would be one "
            "and the same. So "
            "only the first column is as the sheet asks, and what varies in the others is the weight λ, or the noise "
            "that it begins with.",
            (
                picture(
                    figure,
                    "A hundred pictures: a row for each digit, a column for each way to begin",
                    "A row is a class, a column a start and a weight λ.",
                    desk.python(_lines(chosen[0], steps), 'found.save("zeros.png")', uses="dream"),
                ),
            ),
            (Table(head, each),),
            task="Start with a zero image and climb S(I) - λ |I|² for 200 iterations; show ten images for each of "
            "the ten classes.",
            answer=f"{answers.optimised(seen, judge.real, sure, zeros)}\n\n{answers.penalty(rows)}",
            numbers={
                "read as the class": int((read.argmax(1) == wanted).sum()),
                "images": len(images),
                "probability": sure,
                **seen.numbers(),
                "from zeros": zeros.numbers(),
                "of real digits": judge.real.numbers(),
                "by weight": {f"{weight:g}": {"norm": norm, "score": score} for weight, norm, score in rows},
            },
        ),
        Section(
            "Cost by iteration",
            "",
            shown,
            task="Plot the cost by iteration.",
            answer=answers.cost(first[:, 0].tolist(), first[:, -1].tolist(), upward),
            numbers={"first": first[:, 0].tolist(), "last": first[:, -1].tolist(), "share of steps upward": upward},
            level=3,
        ),
    )


def _units(desk: Desk, here: Material, layers: list[str], found: list[Dream], judge: Judges) -> Section:
    test = pixels_of(here.test, slice(0, 200))
    rows: list[tuple[str, float, float]] = []
    alike: list[float] = []
    for layer, one in zip(layers, found, strict=True):
        maps = desk.network.read(test, layer)[layer].detach().mean((2, 3)).amax(0)
        rows += [
            (wish, float(value), float(maps[place]))
            for place, (wish, value) in enumerate(zip(one.wishes, one.reached, strict=True))
        ]
        alike += correlations(one.images, judge.means).amax(1).tolist()
    figure, panels = sheet(
        len(layers), 1, cell=(3.7, 11.0), title=f"What excites units of {' and '.join(layers)} ({desk.network.name})"
    )
    for panel, layer, one in zip(panels[:, 0], layers, found, strict=True):
        half = len(one.images) // 2
        lay(
            panel,
            stretched(one.images),
            [""] * half,
            title=f"{layer}: units 0 to {half - 1}, and {half} to {len(one.images) - 1}",
        )
    lines = dict(list(zip(found[-1].wishes, found[-1].trace.tolist(), strict=True))[:8])
    names = ", ".join(f'"{wish}"' for wish in found[-1].wishes[:3])
    again = (
        f'found = dream.unit(network, [{names}], recipe="simonyan", start="black", about="black", norm={WEAK:g}, '
        f"rate={RATE}, "
        f"steps=200{seeded(desk)})"
    )
    mean = sum(alike) / len(alike)
    head = ("unit", "reached", "most of 200 test pictures")
    return Section(
        "Units of the middle convolutions",
        f"The same with the mean of a unit's map in place of the score, λ = {WEAK:g}: {EACH} units of each "
        "convolution, from zeros.",
        (
            picture(
                figure,
                "Rows of patterns: stripes and grids",
                "Each picture on its own scale from black to white.",
                desk.python(again, 'found.save("units.png")', uses="dream"),
            ),
            picture(
                curves("Eight units by iteration", "iteration", "activation - λ |I|²", lines),
                "Curves of the cost of eight units",
                "",
                desk.python(again, 'found.curve().savefig("units-cost.png")', uses="dream"),
            ),
        ),
        (Table(head, tuple((name, f"{value:.3g}", f"{most:.3g}") for name, value, most in rows)),),
        task="Instead of a class, maximise features or neurons of a middle convolution. What do you observe?",
        answer=answers.units(rows, mean, judge.real.mean_alike),
        numbers={
            "reached": {name: value for name, value, _ in rows},
            "most of test pictures": {name: most for name, _, most in rows},
            "correlation with the nearest mean digit": mean,
        },
        level=3,
    )
