"""Question 9: number of steps, rate and regulariser varied."""

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.classes import SHEET, classes_to_dream
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.sweep import Sweep


def sweeps(desk: Desk) -> Job[Sections]:
    """Dream one class under two grids: rate by steps, weight of the norm by blur."""
    network = desk.network
    (wished,) = classes_to_dream(network, 1)
    rates = "rate=0.02,0.5,10"
    steps = "steps=8,24" if desk.quick else "steps=20,60,200"
    fixed = 20 if desk.quick else 100
    norms = "norm=0.001,2" if desk.quick else "norm=0,0.001,0.5,5"
    blurs = "blur=0,1" if desk.quick else "blur=0,0.5,1.5"
    settings = {name: value for name, value in SHEET.items() if name != "rate"}
    one, _ = yield from part_of(
        dream.sweep.job(network, wished, rows=rates, columns=steps, seed=desk.seed, **settings), 0, 2
    )
    two, _ = yield from part_of(
        dream.sweep.job(network, wished, rows=norms, columns=blurs, steps=fixed, seed=desk.seed, **SHEET), 1, 2
    )
    common = "--recipe course --stride plain --norm-power 1"
    return (
        Section(
            "Question 9: number of steps, rate and weight of the regulariser",
            f"The class {wished} by the recipe of question 8. First the rate and the number of steps; then, with rate 0.5 and "
            f"{fixed} steps, the weight of the norm and the standard deviation of the blur. All begin with the same noise.",
            (
                picture(
                    one.figure(),
                    f"{wished} by rate and steps",
                    "The rate goes down, the number of steps across.",
                    desk.command(f"dream sweep {_quoted(wished)} --rows {rates} --columns {steps} {common}"),
                ),
                picture(
                    two.figure(),
                    f"{wished} by the weight of the norm and the blur",
                    "The weight of the norm goes down, the blur across.",
                    desk.command(
                        f"dream sweep {_quoted(wished)} --rows {norms} --columns {blurs} --steps {fixed} --rate 0.5 {common}"
                    ),
                ),
            ),
            (_table(one, network.mean_colour.tolist()), _table(two, network.mean_colour.tolist())),
            task="Vary the number of iterations, the learning rate and the weight of the regulariser.",
            answer=f"{of_rates(one)}\n\n{of_norms(two, norms_of(two, network.mean_colour.tolist()))}",
            numbers={"class": wished, "rate_by_steps": _numbers(one), "norm_by_blur": _numbers(two)},
            level=3,
        ),
    )


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _numbers(found: Sweep) -> dict[str, object]:
    return {
        found.rows[0]: list(found.rows[1]),
        found.columns[0]: list(found.columns[1]),
        "scores": found.reached.tolist(),
        "probabilities": found.probabilities.tolist(),
    }


def norms_of(found: Sweep, about: list[float]) -> list[list[float]]:
    """Return the L2 norms of a grid's images about a colour, row by row."""
    colour = found.images.new_tensor(about).view(1, -1, 1, 1)
    grid: list[list[float]] = (found.images - colour).flatten(1).norm(dim=1).view(found.reached.shape).tolist()
    return grid


def _table(found: Sweep, about: list[float]) -> Table:
    sizes = norms_of(found, about)
    rows = [
        (down, across, float(found.reached[y, x]), percent(float(found.probabilities[y, x])), sizes[y][x])
        for y, down in enumerate(found.rows[1])
        for x, across in enumerate(found.columns[1])
    ]
    return Table(
        (found.rows[0], found.columns[0], "score reached", "probability", "norm of the image"),
        tuple(rows),
        "The norm is taken about the mean colour, of pixels from 0 to 1.",
    )


def of_rates(found: Sweep) -> str:
    """Say at which rate more steps help, and where the rate is too small or too large."""
    scores = found.reached.tolist()
    best = max(range(len(scores)), key=lambda row: scores[row][-1])
    last = found.columns[1][-1]
    said = [f"With {last} steps the best rate of these is {found.rows[1][best]} (score {scores[best][-1]:.3g})."]
    for row, rate in enumerate(found.rows[1]):
        first, end = scores[row][0], scores[row][-1]
        if row == best:
            continue
        grows = end > first + 0.1 * abs(first) + 0.1
        if row < best:
            said.append(
                f"With {rate} it comes to {end:.3g}: "
                + (
                    "too short steps, which more of them could make up for."
                    if grows
                    else "the steps are too short to get anywhere."
                )
            )
        else:
            said.append(
                f"With {rate} it comes to {end:.3g}: "
                + (
                    "too long steps leap over what they climb, though more of them still help."
                    if grows
                    else "too long steps leap over what they climb, and more of them do not help."
                )
            )
    gained = scores[best][-1] - scores[best][0]
    said.append(
        f"At the best rate {last} steps instead of {found.columns[1][0]} raise the score by {gained:.3g}."
        if gained > 0
        else "At the best rate more steps do not raise the score."
    )
    return " ".join(said)


def of_norms(found: Sweep, sizes: list[list[float]]) -> str:
    """Say what the norm's weight and the blur do to the score and to the size of the image."""
    scores = found.reached.tolist()
    light, heavy = found.rows[1][0], found.rows[1][-1]
    smaller = 1 - sizes[-1][0] / sizes[0][0] if sizes[0][0] else 0.0
    said = [
        f"From weight {light} to {heavy} of the norm the image's norm goes from {sizes[0][0]:.3g} to {sizes[-1][0]:.3g} and "
        f"the score from {scores[0][0]:.3g} to {scores[-1][0]:.3g}"
        + (
            ": the weight does what it should, the image becomes fainter."
            if smaller > 0.05
            else ": next to the gradient of the score such a weight is too small to matter."
            if abs(smaller) <= 0.05
            else ", though a larger weight should make it smaller: the path is another one."
        )
    ]
    sharp, soft = scores[0][0], scores[0][-1]
    low, high = found.columns[1][0], found.columns[1][-1]
    said.append(
        f"Blur {high} instead of {low} {'costs' if soft < sharp else 'does not cost'} score ({sharp:.3g} to {soft:.3g})"
        + (
            ": it takes away the fine grain by which the score is raised most easily; what is left is larger shapes."
            if soft < sharp
            else ": here it does not stand in the way."
        )
    )
    if soft < sharp:
        said.append("The score is no measure of the picture: the highest scores belong to the images with most grain.")
    return " ".join(said)
