"""Part 3 b: images that look like one digit and are read as another."""

import torch

from seethrough import fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.drawn import about_grey, rows_of_pictures
from seethrough.labs.digits.material import DIGITS, code, judge_of, material, picked, readings, seeded, ten
from seethrough.labs.digits.measures import apart, judges
from seethrough.labs.document import Sections
from seethrough.percent import percent
from seethrough.report import Section, Table, picture

AHEAD = 3
"""A picture of a digit is to be read as the digit so many further on: a 2 as a 5, which is the sheet's own example."""
BETAS = (30.0, 300.0, 1000.0, 3000.0, 30000.0)
LEVELS = 255**2


def wanted_of(labels: torch.Tensor) -> list[int]:
    """Return the class that each target image is to be read as."""
    found: list[int] = ((labels + AHEAD) % len(DIGITS)).tolist()
    return found


def lookalikes(desk: Desk) -> Job[Sections]:
    """Make part 3 b."""
    here = material(desk)
    chosen = ten(here.test, desk.network, desk.seed)
    to = wanted_of(chosen.labels)
    steps, searches = (60, 4) if desk.quick else (150, 5)
    tried = BETAS[1:-1] if desk.quick else BETAS
    work = fool.lookalike.job(
        desk.network, chosen.pixels, chosen.labels, to=to, steps=steps, searches=searches, seed=desk.seed, batch=10
    )
    found, _ = yield from part_of(work, 0, 1 + len(tried))
    rows: list[tuple[float, int, float]] = []
    for place, beta in enumerate(tried):
        one = fool.lookalike.job(
            desk.network, chosen.pixels, chosen.labels, to=to, beta=beta, steps=steps, seed=desk.seed, batch=10
        )
        fixed, _ = yield from part_of(one, 1 + place, 1 + len(tried))
        there = readings(desk.network, fixed.images).argmax(1) == torch.tensor(to)
        away = apart(fixed.images[there], chosen.pixels[there])
        rows.append((beta, len(away), sum(away) / len(away) if away else float("nan")))
    judge = judges(here, judge_of(desk), desk.seed)
    far, sure = apart(found.images, chosen.pixels), [float(value) for value in found.goal_after]
    others = apart(chosen.pixels, chosen.pixels.roll(-AHEAD, 0))
    # What they look like is to be the digit of the target image.
    seen = judge.judge(found.images, chosen.labels)
    used = [float(beta) for beta in found.settings["betas"]]
    reads = [guess.index for guess in found.after]
    right = sum(one == goal for one, goal in zip(reads, to, strict=True))
    figure = rows_of_pictures(
        f"Images that look like one digit and are read as another ({desk.network.name})",
        {
            "the target image, as which it is to look": (
                chosen.pixels,
                [
                    f"{name}: {percent(guess.probability)}"
                    for name, guess in zip(chosen.names, found.before, strict=True)
                ],
            ),
            "the generated image, and what it is read as": (
                found.images,
                [str(guess).replace(" ", ": ", 1) for guess in found.after],
            ),
            "the difference, about grey": (
                about_grey(found.images - chosen.pixels),
                [f"{one:.0f} levels" for one in far],
            ),
        },
    )
    shown = picture(
        figure,
        "Ten digits, ten images that look like them with some specks, and the differences",
        "First row: test pictures. Second: made out of noise, to look like them and be read as the digit three "
        "further on.",
        code(
            desk,
            here,
            picked(chosen),
            f"found = fool.lookalike(network, pixels, {chosen.labels.tolist()}, to={to}, steps={steps}, "
            f"searches={searches}{seeded(desk)})",
            'found.save("lookalikes.png")',
            uses="fool",
        ),
    )
    each = tuple(
        (
            name,
            DIGITS[goal],
            f"{DIGITS[read]} {percent(value)}",
            f"{distance:.0f}",
            f"{beta:.4g}",
            f"{beta / LEVELS:.2g}",
        )
        for name, goal, read, value, distance, beta in zip(chosen.names, to, reads, sure, far, used, strict=True)
    )
    head = ("looks like", "to be read as", "is read as", "levels from its target image", "beta", "beta for 0 to 255")
    swept = tuple(
        (f"{beta:g}", f"{beta / LEVELS:.2g}", count, f"{distance:.0f}" if count else "–")
        for beta, count, distance in rows
    )
    heads = ("beta", "beta for 0 to 255", "of ten read as wanted", "levels of those from the target image")
    return (
        Section(
            f"3b. Targeted attack: looks like one digit, is read as another{here.in_title}",
            "The image begins as the same noise and climbs logit - beta * mse(image, target image), by Adam (a "
            "gradient ascent that "
            f"chooses the size of each pixel's step), {steps} steps. The largest beta is searched for, image by "
            "image, with which the "
            "class still has 90 % or more.",
            (shown,),
            (Table(head, each, "Levels: of 255, root mean square."),),
            task="Make images that look like one digit (the target image) and that the network reads as another.",
            answer=answers.lookalike(
                right, len(to), sum(far) / len(far), sum(others) / len(others), seen, judge.real, sum(sure) / len(sure)
            ),
            numbers={
                "looks like": chosen.labels.tolist(),
                "to be read as": to,
                "read as": reads,
                "probability": sure,
                "levels from the target": far,
                "levels between the digits": others,
                "beta": used,
                "looks like the target": seen.numbers(),
                "looks like a digit": answers.likeness(seen, judge.real),
            },
        ),
        Section(
            "What beta does",
            tables=(Table(heads, swept, "The same beta for all ten images."),),
            answer=answers.betas(rows, len(to)),
            numbers={f"beta {beta:g}": {"read as wanted": count, "levels": distance} for beta, count, distance in rows},
            level=3,
        ),
    )
