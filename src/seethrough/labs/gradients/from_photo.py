"""Question 10: beginning with a photo, its real class as the target."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.adversarial import goals
from seethrough.labs.gradients.classes import SHEET, sheet_words
from seethrough.labs.shown import framed, objects, read_rightly
from seethrough.labs.vivid import vivid
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.plots.map import show_map
from seethrough.report import Section, Table, picture

RATE = 0.05
"""A tenth of the rate of question 8: what is to be seen is what the photo becomes, not what is left of it."""


@dataclass(frozen=True)
class Grown:
    """A photo taken toward a class: the score and probability before and after, those from noise with the same steps, how far
    it moved, and how many times as much it moved on the object as beside it.
    """

    photo: str
    label: str
    real: bool
    before: float
    after: float
    noise: float
    probability: float
    moved: float
    density: float


def from_photo(desk: Desk) -> Job[Sections]:
    """Take photos toward their own class, and toward another, and the same classes from noise."""
    network, steps = desk.network, 16 if desk.quick else 80
    names = [name for name, _ in read_rightly(network)][: 1 if desk.quick else 2]
    pixels, where = framed(network, names), objects(network, names)
    own = [row[0].label for row in network.classify(pixels, top=1).rows]
    wished, photos = own + goals(network, pixels), torch.cat([pixels, pixels])
    settings = {**SHEET, "rate": RATE, "blur": 0.5}
    work = dream.class_.job(network, wished, start=photos, steps=steps, seed=desk.seed, **settings)
    found, _ = yield from part_of(work, 0, 2)
    work = dream.class_.job(network, wished, steps=steps, seed=desk.seed, **settings)
    noise, _ = yield from part_of(work, 1, 2)
    with torch.no_grad():
        indices = torch.tensor([network.resolve_class(one) for one in wished])
        before = network(photos).gather(1, indices[:, None])[:, 0]
    change = (found.images - photos).abs().amax(1)
    masks = torch.cat([where, where])
    assert found.probabilities is not None
    grown = [
        Grown(
            (names * 2)[k],
            label,
            k < len(names),
            float(before[k]),
            float(found.reached[k]),
            float(noise.reached[k]),
            float(found.probabilities[k]),
            float((found.images[k] - photos[k]).norm()),
            _density(change[k], masks[k]),
        )
        for k, label in enumerate(wished)
    ]
    figure, panels = sheet(len(grown), 4, cell=(2.5, 2.3), title=f"Beginning with a photo ({network.name})")
    for k, (row, one) in enumerate(zip(panels, grown, strict=True)):
        show_image(row[0], photos[k], f"{one.photo}\n{one.label}: score {one.before:.3g}")
        show_image(row[1], found.images[k], f"after {steps} steps\nscore {one.after:.3g}")
        show_map(row[2], change[k], title="how far each pixel\nmoved", colorbar=False)
        faint, factor = vivid(noise.images[k], network.mean_colour)
        show_image(row[3], faint, f"from noise{factor}\nscore {one.noise:.3g}")
    repeated = sheet_words(rate=RATE, blur=0.5, steps=steps, seed=desk.seed)
    code = desk.python(
        f"pixels = network.frame([photo(name) for name in {names!r}])",
        f"found = dream.class_(network, {own!r}, start=pixels, {repeated})",
        "print(found)",
        "found.save('from-photo.png')",
        uses="dream, photo",
    )
    return (
        Section(
            "Question 10: beginning with a photo",
            f"The rule of question 8 with rate {RATE:g} and a blur of 0.5 pixels every 4 steps, {steps} steps, begun with a "
            "photo (init_img in the sheet): first toward the photo's own class, then toward another; beside it the same class "
            "from noise.",
            (
                picture(
                    figure,
                    "photos, what became of them, where they changed, and the same classes from noise",
                    "The photo, what became of it, how far each pixel moved (bright is far), and the same from noise.",
                    code,
                ),
            ),
            (
                Table(
                    (
                        *(
                            "photo",
                            "target",
                            "its own class",
                            "score before",
                            "after",
                            "from noise",
                            "probability after",
                        ),
                        *("L2 moved", "times as dense on the object"),
                    ),
                    tuple(
                        (
                            *(one.photo, one.label, "yes" if one.real else "no", one.before, one.after, one.noise),
                            *(percent(one.probability), one.moved, round(one.density, 2)),
                        )
                        for one in grown
                    ),
                    "Times as dense: the mean move of a pixel on the object, as a multiple of that beside it.",
                ),
            ),
            task="Begin with a photo instead of noise, with its real class as the target; say what this is good for.",
            answer=worth(grown),
            numbers={"photos": [vars(one) for one in grown], "steps": steps},
            level=3,
        ),
    )


def _density(change: torch.Tensor, mask: torch.Tensor) -> float:
    inside, outside = change[mask], change[~mask]
    if not len(inside) or not len(outside) or not float(outside.mean()):
        return float("nan")
    return float(inside.mean() / outside.mean())


def worth(grown: Sequence[Grown]) -> str:
    """Say how much more of its class a photo becomes, against noise, and where it changes."""
    own, others = [one for one in grown if one.real], [one for one in grown if not one.real]
    said = [
        "; ".join(
            f"{one.photo}: the score of {one.label} {'rises' if one.after > one.before else 'falls'} from {one.before:.3g} to "
            f"{one.after:.3g} (from noise, with the same steps, {one.noise:.3g})"
            for one in own
        )
        + "."
    ]
    if all(one.after > one.noise for one in own):
        said.append("A photo of the class is the better start: the same number of steps leads higher than from noise.")
    elif all(one.after <= one.noise for one in own):
        said.append(
            "For the score a photo is no better start than noise: from noise the same steps lead as high or higher."
        )
    else:
        said.append("Whether a photo or noise is the better start differs from photo to photo.")
    dense = [one for one in own if one.density == one.density]
    if dense:
        mean = sum(one.density for one in dense) / len(dense)
        said.append(
            f"The pixels on the object move {mean:.1f} times as far as those beside it: the network adds to what it already "
            "takes for evidence, and one sees what that is."
            if mean > 1.2
            else f"The pixels on the object move hardly farther than those beside it ({mean:.1f} times): evidence is added "
            "everywhere, not only where the object is."
            if mean > 0.8
            else f"The pixels beside the object move farther than those on it ({mean:.1f} times as far on it): there is room "
            "for new evidence."
        )
    taken = [one for one in others if one.probability > 0.5]
    if taken:
        said.append(
            f"Toward another class the same rule makes an adversarial image in passing ({taken[0].photo} is then "
            f"{taken[0].label} with {percent(taken[0].probability)}), though a far larger change than question 5 needed."
        )
    said.append(
        "What it is good for: the photo gives the scene, so that the additions can be read as what the network would like to "
        "see more of, which noise cannot show."
    )
    return " ".join(said)
