"""Decoupled direction and norm: the slope says where to, success says how far."""

from torch import Tensor

from seethrough.errors import UserError
from seethrough.fool.case import open_case
from seethrough.fool.nearest import nearest
from seethrough.fool.sphere import on_spheres
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def ddn(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    steps: int = 100,
    first: float = 1.0,
    gamma: float = 0.05,
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Look for the nearest misread image in L2: go along the slope, then to a sphere about the photo that shrinks by gamma
    while the image is misread and grows by it while it is not.

    Rony et al. 2019, arXiv:1811.09600. Steps go from 1 to 0.01 along half a wave; `first` is the sphere to begin with. The
    nearest on the way is kept, and brought back to the boundary along the straight line to the photo.

    >>> ddn(network, pixels, to="ostrich").save("ddn.png")
    """
    batch = network.at_once(batch)
    if not first > 0 or not 0 < gamma < 1:
        raise UserError(f"first is {first} and gamma is {gamma}; they take more than 0, and between 0 and 1")
    if steps < 0:
        raise UserError(f"steps is {steps}; it takes 0 or more")
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    best, rows = nearest(case, "l2"), case.open()
    if len(rows):
        pixels, _ = yield from on_spheres(case, best, rows, first=first, gamma=gamma, step=1, steps=steps, total=steps)
        best.last(pixels, rows)
    best.closer(rows)
    return case.outcome("ddn", best.images, {"norm": "l2", "steps": steps, "first": first, "gamma": gamma})
