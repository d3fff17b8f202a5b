"""Iterated FGSM: small steps of the sign, from the photo."""

from torch import Tensor

from seethrough.fool.case import open_case
from seethrough.fool.pgd import iterated
from seethrough.fool.radius import Eps
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.fooling import Fooling


@job
def ifgsm(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    to: Classes = None,
    away: bool | None = None,
    mask: Tensor | None = None,
    eps: Eps | None = None,
    norm: str = "linf",
    steps: int = 10,
    step: Eps | None = None,
    loss: str = "ce",
    until: float | str = "top",
    eight_bit: bool = False,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Fooling]:
    """Mislead by small steps from the photo: x <- clip(x + step sign(d loss / dx)) to within eps; no chance is in it.

    Kurakin et al. 2017, arXiv:1607.02533, the basic iterative method. A step is 2.5 eps / steps unless told.

    >>> ifgsm(network, pixels, to="ostrich", eps="2/255").save("ifgsm.png")
    """
    batch = network.at_once(batch)
    case = open_case(network, images, classes, to, away, mask, eight_bit=eight_bit, seed=seed, batch=batch)
    found, limit = yield from iterated(case, eps, norm, steps, step, loss, until)
    settings = {"norm": norm, "steps": steps, "step": step, "loss": loss, "until": until}
    return case.outcome("ifgsm", found, settings, eps=limit.words, box=limit.box(case), reach=limit.reach, until=until)
