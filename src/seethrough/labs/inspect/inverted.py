"""What the network keeps of the photo: images with the same code, layer after layer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from seethrough import dream
from seethrough.dream.strip import strip
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.subject import subject
from seethrough.labs.words import counted, listed
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.see.ranking import spearman

SHARES = (0.0, 0.3, 0.6, 0.85, 1.0)
"""How far through the network the layers lie."""
STEPS, QUICK = 120, 12
NEAR, FAR = 0.2, 0.5
"""Up to which share of the photo's own contrast a picture counts as the photo, and from which on as another."""
ALIKE, STEADY = 0.5, 0.1


@dataclass(frozen=True)
class Kept:
    """A layer, how far code and pixels of the found picture are from the photo's, and what it is read as.

    `light` is the rank correlation of its light and dark with the photo's.
    """

    layer: str
    code_error: float
    pixel_error: float
    light: float
    read_as: str
    probability: float
    same: bool


def inverted(desk: Desk) -> Job[Sections]:
    """Look for images that layers of growing depth take for the photo."""
    about, network = subject(desk), desk.network
    layers, steps = ",".join(strip(network, None, SHARES)), QUICK if desk.quick else STEPS
    found = yield from dream.invert.job(network, about.pixels, layers=layers, steps=steps, seed=desk.seed)
    light = spearman(found.images.mean(1).expand(len(found), -1, -1), found.pictures.mean(1)).nan_to_num().tolist()
    kept = [
        Kept(layer, code, apart, like, guess.label, guess.probability, guess.index == about.top)
        for layer, code, apart, like, guess in zip(
            found.layers, found.code_error.tolist(), found.pixel_error.tolist(), light, found.guesses, strict=True
        )
    ]
    label = about.labels[about.top]
    table = Table(
        ("layer", "code off by", "pixels off by", "light and dark alike", "read as", "with"),
        tuple(
            (
                one.layer,
                percent(one.code_error),
                percent(one.pixel_error),
                f"{one.light:.2f}",
                one.read_as,
                percent(one.probability),
            )
            for one in kept
        ),
        "100 % is as far as a code of zeros, or a picture of one colour, would be. Light and dark: rank correlation, 1 for the "
        "photo's own, 0 for none of it.",
    )
    section = Section(
        "What the network keeps of the photo",
        task="Which other image does a layer take for the photo, and how near to the photo is it?",
        text=(
            "A layer's values for the photo are its code there. Beginning with noise, an image is looked for that has the same "
            f"code, in {steps} steps for each layer. What the code says about the photo has to come back; what the layer has "
            "thrown away comes back as anything at all."
        ),
        pictures=(
            picture(
                found.figure(),
                f"the photo, and images with its code at {len(kept)} layers, early to late",
                "The photo, and what comes back from each layer.",
                desk.command(f"dream invert {about.quoted} --layers {layers} --steps {steps}"),
            ),
        ),
        tables=(table,),
        answer=what_is_kept(label, kept),
        numbers={"layers": [asdict(one) for one in kept], "steps": steps},
    )
    return (section,)


def what_is_kept(label: str, kept: Sequence[Kept]) -> str:
    """Say how far the photo comes back, and whether its class does."""
    near = [one for one in kept if one.pixel_error <= NEAR]
    rough = [one for one in kept if NEAR < one.pixel_error <= FAR]
    lit = [one for one in kept if one.pixel_error > FAR and one.light > ALIKE]
    lost = [one for one in kept if one.pixel_error > FAR and one.light <= ALIKE]
    said = []
    if near:
        said.append(
            f"From {_of(near)} the photo itself comes back: its pixels are off by {_pixels(near)} of its contrast."
        )
    if rough:
        said.append(f"From {_of(rough)} the photo comes back roughly: pixels off by {_pixels(rough)}.")
    if lit:
        said.append(
            f"From {_of(lit)} light and dark come back in their places (rank correlation {_light(lit)}), but not the pixels: "
            f"off by {_pixels(lit)}."
        )
    if lost:
        said.append(
            f"From {_of(lost)} another picture comes back: its pixels are off by {_pixels(lost)}, and its light and dark no "
            f"longer lie as they did (rank correlation {_light(lost)}), though the code is off by {_codes(lost)} only."
            if max(one.code_error for one in lost) < FAR
            else f"From {_of(lost)} nothing of the photo comes back; nor was its code come to, which is off by {_codes(lost)}."
        )
    if len(kept) > 1:
        rises = all(one.pixel_error <= other.pixel_error + STEADY for one, other in pairwise(kept))
        said.append(
            "The deeper the layer, the less of the photo is in its code."
            if rises and kept[-1].pixel_error > kept[0].pixel_error + STEADY
            else "Depth does not tell how much comes back here."
        )
    same = sum(one.same for one in kept)
    if len(kept) == 1:
        said.append(f"The image is{'' if same else ' not'} read as {label} again.")
    else:
        verb = "is" if same <= 1 else "are"
        said.append(f"{counted(same, len(kept), 'images').capitalize()} {verb} read as {label} again.")
    if lost and lost[-1].same:
        where = f"Where {lost[-1].layer} is all that is asked, a person would hardly name it: " if len(kept) > 1 else ""
        rests = "what the network answers does not rest on what is gone."
        said.append(where + rests if where else rests.capitalize())
    return " ".join(said)


def _of(kept: Sequence[Kept]) -> str:
    return listed([one.layer for one in kept])


def _pixels(kept: Sequence[Kept]) -> str:
    return _range([percent(one.pixel_error) for one in kept])


def _codes(kept: Sequence[Kept]) -> str:
    return _range([percent(one.code_error) for one in kept])


def _light(kept: Sequence[Kept]) -> str:
    return _range([f"{one.light:.2f}" for one in kept])


def _range(said: Sequence[str]) -> str:
    return said[0] if len(set(said)) == 1 else f"{listed(said)}"
