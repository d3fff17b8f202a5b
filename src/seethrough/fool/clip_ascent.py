"""Clipped ascent: up the probability of a class, cut to within eps of the photo; and the other forms of that wish."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from seethrough.ascent.canvas import ball, pixels
from seethrough.ascent.stride import plain
from seethrough.ascent.wish import Reading, Wish
from seethrough.errors import UserError
from seethrough.fool.aim import Aim, exact
from seethrough.fool.bounded import bounds
from seethrough.fool.case import open_case
from seethrough.fool.mask import mask_of
from seethrough.fool.radius import Eps, radius
from seethrough.jobs import Job, job, part_of
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling

RATES = {"probability": 100.0, "logit": 0.01, "penalised": 0.01}
"""The forms of the wish, and how far each goes along its slope unless told: slopes of probabilities are small."""


@job
def clip_ascent(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    on: str = "probability",
    eps: Eps = "4/255",
    rate: float | None = None,
    weight: float = 1.0,
    steps: int = 100,
    until: float | str = "top",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead within eps: x <- clip(x + rate dP(class | x) / dx, photo - eps, photo + eps), as courses set it.

    After Athalye et al. 2018, arXiv:1707.07397. `on` is what is climbed: the `probability`; the `logit`, whose slope does not
    vanish where the probability is tiny; or, `penalised`, log P - weight / 2 |x - photo|_inf, which is not clipped. Several,
    with commas between them, are tried on every photo. Rates are for pixels from 0 to 1: one given for pixels from 0 to 255
    is 255^2 times as large.

    >>> clip_ascent(network, pixels, to="space shuttle", on="probability,logit").save("forms.png")
    """
    batch = network.at_once(batch)
    forms = [form.strip() for form in on.split(",")]
    for form in forms:
        if form not in RATES:
            raise UserError(f"on is {on!r}; it takes {', '.join(RATES)}, or several with commas between them")
    if rate is not None and not rate > 0:
        raise UserError(f"rate is {rate}; it takes more than 0")
    many = len(forms)
    each, free = network.checked(images).repeat_interleave(many, dim=0), mask_of(mask, images)
    case = open_case(
        network,
        each,
        _each(classes, many),
        _each(to, many),
        away,
        None if free is None else free[:, 0].repeat_interleave(many, dim=0),
        eight_bit=eight_bit,
        seed=seed,
        batch=batch,
    )
    words = radius(eps, len(case.photos) // many)[1]
    limit = bounds(case, words[0] if len(words) == 1 else [word for word in words for _ in forms], "linf")
    found = case.photos.clone()
    for place, form in enumerate(forms):
        rows = case.unfinished(until)
        rows = rows[rows % many == place]
        if not len(rows):
            continue
        photos = case.photos[rows]
        canvas = pixels(photos) if form == "penalised" else ball(photos, limit.eps[rows])
        wish = _wish(form, case.aim.of(rows), photos, weight)
        # Where the distance has its price, the best place is the one that is most worth it.
        best = True if form == "penalised" else case.aim.of(rows).rank()
        stride = plain(rate or RATES[form])
        work = case.climb(rows, canvas, wish, stride=stride, steps=steps, until=until, best=best)
        climb, asked = yield from part_of(work, place, many)
        found[rows] = climb.images
        if asked:
            break
    box = limit.box(case)
    assert box is not None
    free = torch.arange(len(found)) % many == (forms.index("penalised") if "penalised" in forms else -1)
    box[0][free], box[1][free] = 0.0, 1.0
    settings = {"on": on, "rate": rate, "weight": weight, "steps": steps, "until": until, "norm": "linf"}
    said = limit.words
    if "penalised" in forms:  # which is not held to a distance
        each_said = [limit.words[row if len(limit.words) > 1 else 0] for row in range(len(found))]
        said = tuple("" if free[row] else word for row, word in enumerate(each_said))
    done = case.outcome("clip_ascent", found, settings, eps=said, box=box, until=until)
    return replace(done, ways=tuple(forms) if many > 1 else ())


def _wish(form: str, aim: Aim, photos: Tensor, weight: float) -> Wish:
    if form == "logit":
        return aim.wish("logit")

    def probability(reading: Reading) -> Tensor:
        return reading.each(aim.of(reading.view_rows).probability(exact(reading.scores)))

    def farthest(reading: Reading) -> Tensor:
        return (reading.images - photos[reading.rows]).abs().flatten(1).amax(1)

    if form == "probability":
        return Wish(probability, scores=True)
    return aim.wish("ce") - weight / 2 * Wish(farthest)


def _each(classes: Classes, many: int) -> Classes:
    """Name the class of each photo once for each form."""
    if classes is None or isinstance(classes, int | str):
        return classes
    listed: Sequence[int | str] = classes.reshape(-1).tolist() if isinstance(classes, Tensor) else list(classes)
    return listed if len(listed) == 1 else [one for one in listed for _ in range(many)]
