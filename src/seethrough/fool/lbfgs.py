"""The first attack of all: L-BFGS between being misread and staying near."""

from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.lbfgs import lbfgs as quasi_newton
from seethrough.ascent.wish import Reading, Wish
from seethrough.errors import UserError
from seethrough.fool.aim import exact
from seethrough.fool.case import open_case
from seethrough.fool.weighed import searched
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def lbfgs(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    steps: int = 50,
    searches: int = 6,
    first: float = 0.1,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2: max c log P(class | x) - |x - photo|^2 by L-BFGS within [0, 1].

    Szegedy et al. 2014, arXiv:1312.6199, with the square of the distance, whose slope exists at the photo too. The weight c
    begins at `first` and is searched for, photo by photo. Away from a class it is log(1 - P) that is climbed.

    >>> lbfgs(network, pixels, to="ostrich").save("lbfgs.png")
    """
    batch = network.at_once(batch)
    if not first > 0:
        raise UserError(f"first is {first}; it takes more than 0")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    found, rows = case.photos.clone(), case.open()
    if len(rows):
        photos, aim = case.photos[rows], case.aim.of(rows)

        def won(reading: Reading) -> Tensor:
            return aim.of(reading.rows).log_probability(exact(reading.scores))

        found[rows], _ = yield from searched(
            case,
            rows,
            pixels(photos),
            Wish(won, scores=True),
            stride=lambda: quasi_newton(0.1),
            steps=steps,
            searches=searches,
            first=first,
        )
    settings = {"norm": "l2", "steps": steps, "searches": searches, "first": first}
    return case.outcome("lbfgs", found, settings)
