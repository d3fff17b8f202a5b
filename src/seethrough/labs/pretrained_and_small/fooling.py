"""Problem 4, part 1: four photos that a network reads as something else, though they look the same."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from seethrough import fool
from seethrough.fool.changes import CHANGES
from seethrough.fool.clip_ascent import RATES
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.fooled import (
    EPS,
    RATE,
    UNTIL,
    climbed,
    command,
    fooled,
    goals,
    pixels_of,
    settings,
    steps,
)
from seethrough.labs.pretrained_and_small.material import TARGETS, Subject, missing_peppers, subjects
from seethrough.labs.pretrained_and_small.measures import decibels
from seethrough.labs.words import counted, listed
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.fooling import Fooling

OTHER_EPS, QUICK_EPS = ("1/255", "4/255"), ("1/255",)
FORMS = "probability,logit,penalised"
JPEG = "JPEG 90"


@dataclass(frozen=True)
class Fooled:
    """One photo, before and after: what it is read as, how far it was moved, and how far a JPEG would have moved it.

    Distances are in levels of 255: `largest` the most of any pixel, `mean` the mean; `decibels` says how near the images are.
    """

    photo: str
    read_as: str
    right: bool
    probability: float
    goal: int
    goal_before: float
    now_index: int
    now: str
    now_probability: float
    largest: float
    mean: float
    decibels: float
    jpeg_mean: float
    jpeg_decibels: float
    steps: int
    file_misleads: bool

    @property
    def success(self) -> bool:
        """Tell whether it is read as what was wanted."""
        return self.now_index == self.goal


def fooling(desk: Desk) -> Job[Sections]:
    """Fool the network about four photos, with a smaller and a larger eps, and by the other forms of the wish."""
    network, four = desk.network, subjects(desk)
    found, _ = yield from part_of(fooled(desk), 0, 3)
    rows = measured(found, four, goals(network))
    sizes = {EPS: found}
    others = QUICK_EPS if desk.quick else OTHER_EPS
    for place, eps in enumerate(others):
        sizes[eps], _ = yield from part_of(climbed(desk, eps), len(others) + place, 3 * len(others))
    sizes = dict(sorted(sizes.items(), key=lambda one: float(one[0].partition("/")[0])))
    work = fool.clip_ascent.job(
        network, pixels_of(desk)[:1], to=TARGETS[0], on=FORMS, eps=EPS, until=UNTIL, steps=steps(desk), seed=desk.seed
    )
    forms, _ = yield from part_of(work, 2, 3)
    shown = found.figure()
    first = Section(
        "Problem 4, Part 1. Fooling the network",
        "\n\n".join(filter(None, [missing_peppers(desk), method(desk)])),
        (
            picture(
                shown,
                "Four rows: a photo with its likeliest class, the noise about grey, and photo plus noise with its new class",
                "Left the photo with its likeliest class, in the middle the noise that is added (about grey, and made "
                "stronger so that it can be seen), right the sum with its new likeliest class.",
                command(desk, four, settings(desk)),
            ),
        ),
        (_table(rows), _nearness(rows)),
        task="Make four photos, peppers first, be read as another class (peppers as a space shuttle, class 812), by steps up "
        "the class's probability, each cut to within a small distance eps of the photo.",
        answer=outcome(rows, network.name),
        numbers={
            "network": network.name,
            "eps": EPS,
            "photos": [asdict(one) | {"success": one.success} for one in rows],
        },
    )
    return (first, _sizes_section(desk, four, sizes), _forms_section(desk, four[0], forms))


def measured(found: Fooling, four: Sequence[Subject], wanted: Sequence[int]) -> list[Fooled]:
    """Return what became of each photo, beside what a JPEG of good quality would have made of it."""
    jpeg = CHANGES[JPEG](found.originals)
    near, near_jpeg = decibels(found.images, found.originals), decibels(jpeg, found.originals)
    rows = []
    for place, one in enumerate(four):
        before, after = found.before[place], found.after[place]
        noise, loss = ((images[place] - found.originals[place]).double().abs() * 255 for images in (found.images, jpeg))
        rows.append(
            Fooled(
                photo=one.name,
                read_as=before.label,
                right=before.label in one.shows,
                probability=before.probability,
                goal=wanted[place],
                goal_before=float(found.goal_before[place]),
                now_index=after.index,
                now=after.label,
                now_probability=after.probability,
                largest=float(noise.max()),
                mean=float(noise.mean()),
                decibels=float(near[place]),
                jpeg_mean=float(loss.mean()),
                jpeg_decibels=float(near_jpeg[place]),
                steps=int(found.steps[place]),
                file_misleads=bool(found.png_success[place]),
            )
        )
    return rows


def method(desk: Desk) -> str:
    """Say how it is done, with the settings."""
    return (
        f"The network is {desk.network.name}. From the photo X on, two steps are repeated: X' goes up the slope of the "
        f"probability of the wanted class, X' + {RATE:g} dP/dX', and is cut back to within eps = {EPS} of X at every pixel "
        f"(pixels go from 0 to 1; for pixels from 0 to 255 that rate would be {RATE * 255**2:,.0f}, and eps "
        f"{EPS.partition('/')[0]}). A photo is done once the class has {percent(UNTIL)}, or after {steps(desk)} steps; then "
        "the best of them counts."
    )


def outcome(rows: Sequence[Fooled], network: str) -> str:
    """Say what was reached, and whether one could see it."""
    done = [one for one in rows if one.success]
    wrong = [f"{one.photo} ({one.read_as})" for one in rows if not one.right]
    said = [
        f"{network} reads {'all' if not wrong else counted(len(rows) - len(wrong), len(rows), 'photos')}"
        f"{f' {len(rows)} photos' if not wrong else ''} rightly to begin with"
        + (f"; not {listed(wrong)}." if wrong else ".")
    ]
    told = [f"{one.photo} as {one.now} ({percent(one.now_probability)})" for one in done]
    said.append(
        f"With the noise, {counted(len(done), len(rows), 'photos')} are read as wanted: {listed(told)}."
        if done
        else "With the noise none of the photos is read as wanted."
    )
    missed = [f"{one.photo}, read as {one.now}" for one in rows if not one.success]
    if missed:
        said.append(f"It did not work for {listed(missed)}.")
    said.append(
        f"No pixel moves by more than {max(one.largest for one in rows):.2f} of 255 levels, and the mean pixel by "
        f"{max(one.mean for one in rows):.2f} at most."
    )
    nearer = [one for one in rows if one.decibels > one.jpeg_decibels]
    if len(nearer) == len(rows):
        said.append(
            "Every one of these images is nearer to its photo than a JPEG of quality 90 would be, which people take for the "
            "photo itself: a difference is hard to see, "
            "and easiest in smooth parts such as a sky."
        )
    else:
        said.append(
            f"{counted(len(nearer), len(rows), 'images').capitalize()} are nearer to their photo than a JPEG of quality 90 "
            "would be; where that is not so, look whether you can tell them apart."
        )
    files = sum(one.file_misleads for one in rows)
    said.append(f"Saved as a PNG, which rounds to 255 levels, {counted(files, len(rows), 'images')} still mislead.")
    return " ".join(said)


def smallest(sizes: Mapping[str, Sequence[bool]]) -> str:
    """Say from which eps on all photos are misread, of those tried, from small to large."""
    enough = next((eps for eps in sizes if all(sizes[eps])), None)
    first = next(iter(sizes))
    if enough is None:
        return "No eps that was tried is enough for all photos: a larger one, or more steps, would have to be."
    if enough == first:
        return f"Even {first}, the smallest tried, is enough for all {len(sizes[first])} photos."
    below = [f"{eps} for {sum(done)}" for eps, done in sizes.items() if eps != enough and not all(done)]
    return f"Of those tried, {enough} is the smallest that is enough for all photos; {listed(below)} of {len(sizes[first])}."


def of_forms(ways: Sequence[str], probabilities: Sequence[float], reached: Sequence[bool], steps: Sequence[int]) -> str:
    """Compare the forms of the wish."""
    rows = list(zip(ways, probabilities, reached, steps, strict=True))
    told = [f"{percent(share)} by the {way} form ({taken} steps)" for way, share, _, taken in rows]
    done = [(taken, way) for way, _, ok, taken in rows if ok]
    said = [f"The wanted class gets {listed(told)}."]
    if len(done) < len(rows):
        failed = [way for way, _, ok, _ in rows if not ok]
        said.append(f"It is not the likeliest by {listed(failed)}.")
    if len(done) > 1:
        fewest, way = min(done)
        also = sum(taken == fewest for taken, _ in done) > 1
        said.append("None of those that reach it was faster." if also else f"The {way} form was the fastest.")
    return " ".join(said)


def _sizes_section(desk: Desk, four: Sequence[Subject], sizes: dict[str, Fooling]) -> Section:
    rows = tuple(
        (
            eps,
            *(
                f"{one} {'' if ok else '(not as wanted)'}".strip()
                for one, ok in zip(each.after, each.success, strict=True)
            ),
        )
        for eps, each in sizes.items()
    )
    reached = {eps: each.success.tolist() for eps, each in sizes.items()}
    return Section(
        "How small may eps be?",
        tables=(
            Table(("eps", *(one.name for one in four)), rows, "The likeliest class after the attack, for each eps."),
        ),
        code=command(desk, four, settings(desk, next(iter(sizes)))),
        task="Keep eps small.",
        answer=smallest(reached),
        numbers={"reached": reached},
        level=3,
    )


def _forms_section(desk: Desk, first: Subject, forms: Fooling) -> Section:
    rows = tuple(
        (way, str(after), f"{float(largest) * 255:.2f}", f"{float(length):.2f}", int(steps))
        for way, after, largest, length, steps in zip(
            forms.ways, forms.after, forms.linf, forms.l2, forms.steps, strict=True
        )
    )
    reached, shares = forms.success.tolist(), forms.goal_after.tolist()
    rates = listed([f"{form} {rate:g}" for form, rate in RATES.items()])
    return Section(
        "The wish as the sheet writes it, and two others",
        "The sheet's formula charges for the largest change of a pixel (λ/2 times the L-infinity norm, here with the log of "
        "the probability and λ = 1, without a limit); its two steps climb the probability and cut at eps. A third way climbs "
        "the class's score before the softmax, whose slope does not vanish where the probability is tiny. The slopes "
        f"differ in size, so each form goes at the rate that is taken for it if none is given: {rates}.",
        tables=(
            Table(
                (
                    "what is climbed",
                    f"{first.name} is then read as",
                    "largest change (of 255)",
                    "L2 (pixels 0 to 1)",
                    "steps",
                ),
                rows,
                "One photo, three forms.",
            ),
        ),
        code=command(desk, [first], {"on": FORMS, "eps": EPS, "until": UNTIL, "steps": steps(desk)}),
        task="Weigh the wish against the distance.",
        answer=of_forms(forms.ways, shares, reached, forms.steps.tolist()),
        numbers={
            "forms": list(forms.ways),
            "reached": reached,
            "probability": shares,
            "largest": [float(value) * 255 for value in forms.linf],
        },
        level=3,
    )


def _table(rows: Sequence[Fooled]) -> Table:
    return Table(
        ("photo", "likeliest class", "probability", "wanted class before", "likeliest now", "probability now", "steps"),
        tuple(
            (
                one.photo,
                one.read_as,
                percent(one.probability),
                f"{one.goal_before:.2g}",
                one.now,
                percent(one.now_probability),
                one.steps,
            )
            for one in rows
        ),
        "Before and after. The probability of the wanted class before is written as a plain number.",
    )


def _nearness(rows: Sequence[Fooled]) -> Table:
    return Table(
        ("photo", "largest change", "mean change", "nearness (dB)", "JPEG 90: mean change", "JPEG 90: nearness (dB)"),
        tuple((one.photo, one.largest, one.mean, one.decibels, one.jpeg_mean, one.jpeg_decibels) for one in rows),
        "How far the images are from the photos, in levels of 255, and as peak signal-to-noise ratio (more is nearer); beside "
        "them the same photos saved as JPEGs of quality 90.",
    )
