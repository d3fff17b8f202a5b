"""How to fool the network: the least change, the way into another class, both heat maps, and whether it lasts."""

import io
from dataclasses import asdict

import torch
from PIL import Image
from torch import Tensor

from seethrough import fool
from seethrough.errors import UserError
from seethrough.fool.heatmaps import with_heatmaps
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.change import (
    JPEG,
    Change,
    beside_jpeg,
    changes,
    how_far,
    how_little,
    what_lasts,
    why_now,
    without_attack,
)
from seethrough.labs.inspect.subject import Subject, class_words, python, subject
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.report import Picture, Section, Table, picture
from seethrough.results.fooling import Fooling
from seethrough.results.survival import Survival
from seethrough.see.ranking import spearman

TITLE = "How to fool it"
SURE = 0.9
"""The probability a class is to come to."""
STEPS, QUICK = 100, 30
"""In search of the least change."""
SMALL = 128
"""Pixels a side up to which a picture is too small to be shown by itself."""


def fooled(desk: Desk) -> Job[Sections]:
    """Look for the least change that is misread, lead the photo into other classes, and tell whether that lasts."""
    about, network, steps = subject(desk), desk.network, QUICK if desk.quick else STEPS
    if len(about.labels) < 2:
        yield from ()
        return (
            Section(TITLE, answer=f"{network.name} knows one class alone: there is nothing else to take a photo for."),
        )
    targets, remark = goals(about, None if desk.to is None else network.resolve_class(desk.to))
    search = fool.fmn.job(network, about.pixels, steps=steps, eight_bit=True, seed=desk.seed)
    nearest, _ = yield from part_of(search, 0, 3)
    pixels = about.pixels.repeat(len(targets), 1, 1, 1)
    climb = fool.toward.job(network, pixels, to=targets, until=SURE, eight_bit=True, seed=desk.seed)
    led, _ = yield from part_of(climb, 1, 3)
    lasting, _ = yield from part_of(fool.survival.job(network, led), 2, 3)
    unharmed = fool.survival(network, about.pixels)
    try:
        led, refused = with_heatmaps(network, led), ""
    except UserError as refusal:
        refused = str(refusal)
    return (
        _summary(about, changes(nearest), changes(led), remark),
        _least(desk, about, nearest, steps),
        _toward(desk, about, led, targets, refused),
        *_files(desk, about, led, targets),
        _lasting(desk, about, led, lasting, unharmed, targets),
    )


def goals(about: Subject, to: int | None) -> tuple[list[int], str]:
    """Return the classes to lead the photo into, and why these: the one asked for, or the next guess and the farthest."""
    if to is not None and to != about.top:
        return [to], f"The class that was asked for is {class_words(*about.named(to))}."
    targets = list(dict.fromkeys([about.order[1], about.order[-1]]))
    roles = ("the next guess", "the least likely class of all")
    named = [f"{role}, {class_words(*said)}" for role, said in zip(roles, map(about.named, targets), strict=False)]
    asked = f"It is read as {about.labels[about.top]} already, which was asked for. " if to is not None else ""
    return targets, f"{asked}No other class was named (--to), so it is led into {', and into '.join(named)}."


def _summary(about: Subject, least: list[Change], led: list[Change], remark: str) -> Section:
    rows = [("away from " + about.labels[about.top], least[0]), *((change.goal, change) for change in led)]
    height, width = about.pixels.shape[-2:]
    return Section(
        TITLE,
        task="How little has to change until the network takes the photo for something else?",
        text=(
            "An attack follows the slope of the scores: it asks for every pixel in which direction another answer lies, and "
            f"goes there in small steps. All pictures here are whole numbers of 255 and {width} x {height} pixels: saved as "
            "PNG files they are read as is said here. (Rounding the photo to such numbers moves its own probabilities a "
            f"little.)\n\n{remark}"
        ),
        tables=(
            Table(
                ("wanted", "read as", "with", "largest change, of 255", "mean change, of 255", "values moved", "L2"),
                tuple(
                    (
                        goal if change.success else f"{goal}: NOT reached",
                        change.read_as,
                        percent(change.probability),
                        f"{change.largest:.0f}",
                        f"{change.mean:.2g}",
                        percent(change.moved),
                        f"{change.l2:.2f}",
                    )
                    for goal, change in rows
                ),
            ),
        ),
    )


def _least(desk: Desk, about: Subject, nearest: Fooling, steps: int) -> Section:
    (change,) = changes(nearest)
    return Section(
        "The least change",
        task="Which misread image is the nearest to the photo?",
        pictures=(
            picture(
                nearest.figure(),
                f"the photo, the noise added, and the result, read as {change.read_as}",
                "The photo, what was added to it (made stronger to be seen), and the sum.",
                desk.command(f"fool fmn {about.quoted} --steps {steps} --eight-bit"),
            ),
        ),
        answer=how_little(change, about.pixels.numel()),
        numbers=asdict(change),
        level=3,
    )


def _toward(desk: Desk, about: Subject, led: Fooling, targets: list[int], refused: str) -> Section:
    each, label = changes(led), about.labels[about.top]
    alike = _alike(led)
    maps = why_now(each, alike, label) if led.heatmaps else f"No heat maps: {refused}."
    shown = picture(
        led.figure(),
        f"the photo, the noise and the result for {listed([change.goal for change in each])}"
        + (", and both heat maps" if led.heatmaps else ""),
        "The photo, what was added to it (made stronger to be seen), the sum"
        + (
            f"; then where the evidence for {label} was, and where that for the new answer is." if led.heatmaps else "."
        ),
        _repeat(desk, targets, ["found.save('fooled.png')"], heat=led.heatmaps is not None),
    )
    return Section(
        f"Into {listed([change.goal.removeprefix('read as ') for change in each])}",
        task=f"What does it take until the network gives a class of one's choosing {percent(SURE)}?",
        pictures=(shown,),
        answer="\n\n".join(filter(None, [how_far(each, SURE), maps])),
        numbers={
            "targets": targets,
            "changes": [asdict(change) for change in each],
            "heat maps alike": alike,
        },
        level=3,
    )


def _files(desk: Desk, about: Subject, led: Fooling, targets: list[int]) -> Sections:
    """Hand out the misleading pictures pixel for pixel, where they are large enough to be looked at."""
    there = [place for place, success in enumerate(led.success.tolist()) if success]
    if min(about.pixels.shape[-2:]) <= SMALL or not there:
        return ()
    read = listed([class_words(led.as_png[place].label, led.as_png[place].probability) for place in there])
    saved = "save_image(found.images[{}], 'misleading.png')"
    pictures = tuple(
        _file(led.images[place], led.after[place].label, _repeat(desk, targets, [saved.format(place)]))
        for place in there
    )
    section = Section(
        "The misleading pictures themselves",
        task="Does a file mislead, too?",
        pictures=pictures,
        answer=f"Written to files, which lie in the folder figures beside this page, and read again: {read}.",
        numbers={"files still fool": led.png_success[there].tolist(), "targets": [targets[place] for place in there]},
        level=3,
    )
    return (section,)


def _lasting(
    desk: Desk, about: Subject, led: Fooling, lasting: Survival, unharmed: Survival, targets: list[int]
) -> Section:
    misleads = [place for place, yes in enumerate(lasting.misleads.tolist()) if yes]
    lasts, same = lasting.lasts.tolist(), lasting.same.tolist()
    names = [lasting.guesses[place][0].label for place in misleads]
    tried = lasting.changes[1:]
    said = [what_lasts(names, tried, [lasts[place][1:] for place in misleads], [same[place][1:] for place in misleads])]
    jpeg = None
    if misleads and JPEG in lasting.changes:
        place = misleads[0]
        moved = lasting.images[place, lasting.changes.index(JPEG)] - lasting.images[place, 0]
        jpeg = float(moved.abs().mean()) * 255
        said.append(beside_jpeg(changes(led)[place], jpeg))
    misread = [name for name, lasts in zip(unharmed.changes, unharmed.lasts[0].tolist(), strict=True) if not lasts]
    said.append(without_attack(about.labels[about.top], misread))
    return Section(
        "Does it last?",
        task="Is it still misread after what any picture meets on its way: a mirror, a crop, a JPEG?",
        text=(
            "Noise that was fitted to single pixels is lost where pixels are mixed or moved. The misleading images are changed "
            "in ways that a person hardly minds, and so is the photo itself."
        ),
        pictures=(
            picture(
                lasting.figure(),
                f"the misleading images after {len(tried)} changes each, with what they are read as then",
                "Each misleading image as it is, and changed.",
                _repeat(desk, targets, ["fool.survival(network, found).save('lasts.png')"]),
            ),
        ),
        answer="\n\n".join(said),
        numbers={
            "changes": list(tried),
            "read as": [[guess.label for guess in row] for row in lasting.guesses],
            "lasts": [row[1:] for row in lasts],
            "same": [row[1:] for row in same],
            "photo misread after": misread,
            "JPEG 90 moves by, of 255": jpeg,
        },
        level=3,
    )


def _repeat(desk: Desk, targets: list[int], last: list[str], *, heat: bool = False) -> str:
    """Return the Python that leads the photo into the classes, and then does the last lines."""
    batch = "pixels" if len(targets) == 1 else f"pixels.repeat({len(targets)}, 1, 1, 1)"
    seed = f", seed={desk.seed}" if desk.seed else ""
    led = f"found = fool.toward(network, {batch}, to={targets}, until={SURE}, eight_bit=True{seed})"
    uses = "fool, save_image" if "save_image" in last[0] else "fool"
    if not heat:
        return python(desk, led, *last, uses=uses)
    lines = python(desk, led, "found = with_heatmaps(network, found)", *last, uses=uses)
    return f"from seethrough.fool.heatmaps import with_heatmaps\n{lines}"


def _alike(led: Fooling) -> list[float | None]:
    """Return how like each heat map of the result is to that of the photo, where both say anything."""
    if led.heatmaps is None:
        return [None] * len(led)
    before, after = led.heatmaps
    found = spearman(before.values, after.values).tolist()
    flat = {*before.flat(), *after.flat()}
    return [None if place in flat or like != like else like for place, like in enumerate(found)]


def _file(image: Tensor, read_as: str, code: str) -> Picture:
    """Return a misleading image as a picture of its own, pixel for pixel."""
    levels = (image.clamp(0, 1) * 255).round().to(torch.uint8)
    drawn = levels[0].numpy() if len(levels) == 1 else levels.permute(1, 2, 0).numpy()
    written = io.BytesIO()
    Image.fromarray(drawn).save(written, "PNG")
    return Picture(
        written.getvalue(),
        f"the photo that is read as {read_as}",
        f"Read as {read_as}.",
        code,
    )
