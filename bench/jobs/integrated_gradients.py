"""Integrated gradients of one photo, beside captum at the best of its batch sizes."""

from functools import partial

from captum.attr import IntegratedGradients
from torch import Tensor

from given import Given
from jobs.shape import CORNERS, OURS, Pair, alike
from jobs.smooth_grad import BATCHES
from measure import quickest
from seethrough import see


def integrated_gradients(given: Given) -> Pair:
    """Integrate from black over the same Gauss-Legendre points."""
    pixels, points = given.coffee(), given.size.samples
    classes = given.network.classes_for(pixels)
    integrated = IntegratedGradients(given.plain)

    def captum(batch: int) -> Tensor:
        found: Tensor = integrated.attribute(pixels, 0, classes, n_steps=points, internal_batch_size=batch)
        return found

    best = quickest({size: partial(captum, size) for size in BATCHES if size <= points}, given.device)
    ways = {
        OURS: lambda: see.integrated_gradients(given.network, pixels, classes, steps=points).raw,
        "captum": lambda: captum(best),
    }
    return Pair(
        f"1 photo, {points} points",
        ways,
        lambda found: alike(found[OURS], found["captum"], CORNERS),
        asked=given.asked({"captum": 1.3}),
        settings={"captum": f"{best} at a time"},
    )
