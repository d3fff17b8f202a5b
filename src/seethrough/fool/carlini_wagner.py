"""Carlini and Wagner's attack: the least L2 distance, weighed against the margin, the weight found by search."""

from torch import Tensor

from seethrough.ascent.canvas import squashed
from seethrough.ascent.stride import adam
from seethrough.ascent.wish import Reading, Wish
from seethrough.errors import UserError
from seethrough.fool.aim import exact
from seethrough.fool.case import open_case
from seethrough.fool.weighed import searched
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def carlini_wagner(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    steps: int = 100,
    searches: int = 9,
    rate: float = 0.01,
    first: float = 0.001,
    kappa: float = 0.0,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2: max c min(margin, kappa) - |x - photo|^2, with x = (tanh w + 1) / 2, by Adam.

    Carlini & Wagner 2017, arXiv:1608.04644. The weight c begins at `first` and is searched for, photo by photo; `kappa` is how
    far past the boundary, in scores, it wants to be. Their own 10,000 steps a search are out of reach without a GPU: `steps`.

    >>> carlini_wagner(network, pixels, to="ostrich").save("cw.png")
    """
    batch = network.at_once(batch)
    if not first > 0 or not kappa >= 0:
        raise UserError(f"first is {first} and kappa is {kappa}; they take more than 0, and 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    found, rows = case.photos.clone(), case.open()
    if len(rows):
        photos, aim = case.photos[rows], case.aim.of(rows)

        def margin(reading: Reading) -> Tensor:
            return aim.of(reading.rows).margin(exact(reading.scores)).clamp(max=kappa)

        found[rows], _ = yield from searched(
            case,
            rows,
            squashed(photos),
            Wish(margin, scores=True),
            stride=lambda: adam(rate),
            steps=steps,
            searches=searches,
            first=first,
            beyond=kappa,
        )
    settings = {"norm": "l2", "steps": steps, "searches": searches, "rate": rate, "first": first, "kappa": kappa}
    return case.outcome("carlini_wagner", found, settings)
