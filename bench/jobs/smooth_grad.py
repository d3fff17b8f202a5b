"""SmoothGrad of one photo, beside captum at the best of its batch sizes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from captum.attr import NoiseTunnel, Saliency
from torch import Tensor

from given import Given
from jobs.shape import OURS, Check, Pair, correlation
from measure import quickest
from seethrough import see

BATCHES = (1, 5, 10, 25, 50)
NOISE = 0.15


def smooth_grad(given: Given) -> Pair:
    """Average the gradients of noisy copies; each draws its own noise, so maps agree no better than two draws do."""
    pixels, samples = given.coffee(), given.size.samples
    classes = given.network.classes_for(pixels)
    tunnel = NoiseTunnel(Saliency(given.plain))
    spread = NOISE * float(pixels.max() - pixels.min())

    def ours(seed: int = 0) -> Tensor:
        found = see.smooth_grad(given.network, pixels, classes, samples=samples, noise=NOISE, seed=seed).raw
        assert found is not None
        return found

    def captum(batch: int) -> Tensor:
        drawn = {"nt_samples": samples, "nt_samples_batch_size": batch, "stdevs": spread}
        found: Tensor = tunnel.attribute(pixels, nt_type="smoothgrad", target=classes, abs=False, **drawn)
        return found

    def check(found: Mapping[str, Any]) -> Check:
        across, within = correlation(found[OURS], found["captum"]), correlation(found[OURS], ours(seed=1))
        return Check(f"correlation {across:.2f}; of two draws of ours {within:.2f}", across > within - 0.1)

    best = quickest({size: partial(captum, size) for size in BATCHES if size <= samples}, given.device)
    return Pair(
        f"1 photo, {samples} samples",
        {OURS: ours, "captum": lambda: captum(best)},
        check,
        asked=given.asked({"captum": 1.3}),
        settings={"captum": f"{best} at a time"},
    )
