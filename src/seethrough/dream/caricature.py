"""Caricature: the photo, with more of what a layer finds in it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seethrough.ascent.fourier import fourier_of
from seethrough.ascent.jitter import Jitter
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.prior import alpha_norm
from seethrough.ascent.prior import tv as variation
from seethrough.ascent.stride import adam
from seethrough.dream.code import as_the_photo, code
from seethrough.dream.outcome import outcome
from seethrough.dream.strip import Part, filled, in_turn, strip
from seethrough.errors import UserError
from seethrough.jobs import Job, job
from seethrough.networks.network import Network
from seethrough.results.dream import Dream

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""How far through the network the layers are that nobody named: at the very first there are no patterns to exaggerate."""


@job
def caricature(
    network: Network,
    images: Tensor,
    *,
    layers: str | Sequence[str] | None = None,
    steps: int = 100,
    rate: float = 0.05,
    noise: float = 0.05,
    tv: float = 0.03,
    alpha: float = 0.03,
    seed: int = 0,
    batch: int | None = None,
) -> Job[Dream]:
    """Exaggerate photos: max <phi(x), phi0> / |phi0|^2 - tv TV(x) / TV(x0) - alpha A(x) / A(x0), from the photo onwards.

    Mahendran & Vedaldi 2016, arXiv:1512.02017; A is the norm with exponent 6 about the mean colour. The photo is written as
    waves, by Adam's steps of that `rate`, and seen through `noise` of that standard deviation: only patterns that stand out
    of it grow. `layers` are names, or one text of them with commas, or `all`; five on the way if not given.
    What is reached is <phi(x), phi0> / |phi0|^2, which begins at 1.

    >>> caricature(network, pixels, layers="blocks.1.1,blocks.4.2").save("cat-caricatures.png")
    """
    batch = network.at_once(batch)
    photos = network.checked(images).detach().to(torch.promote_types(network.dtype, torch.float32))
    names = strip(network, layers, SHARES)
    for setting, value, least in (("rate", rate, 0), ("noise", noise, 0), ("tv", tv, 0), ("alpha", alpha, 0)):
        if not value >= least:
            raise UserError(f"{setting} is {value}; it takes {least} or more")

    def part(depth: int, rows: list[int]) -> Part:
        def loop() -> Job[Climb]:
            own = photos[rows]
            likeness = code(network, own, names[depth], batch).likeness()
            costs = tv * as_the_photo(variation(), own)
            costs = costs + alpha * as_the_photo(alpha_norm(about=network.mean_colour), own)
            return ascend.job(
                network,
                fourier_of(own),
                likeness - costs,
                stride=adam(rate),
                steps=steps,
                jitter=Jitter(noise=noise),
                watch={"likeness": likeness.read},
                seed=seed,
                first=rows[0],
                at_once=batch,
            )

        return [row * len(names) + depth for row in rows], loop

    # A few photos at a time: their codes are large.
    groups = torch.split(torch.arange(len(photos)), batch)
    parts = [part(depth, rows.tolist()) for depth in range(len(names)) for rows in groups]
    done = yield from in_turn(parts, photos.repeat_interleave(len(names), dim=0))
    places = torch.tensor([place for begun, _ in done for place in begun])
    order = places.argsort()
    climbs = [climb for _, climb in done]
    return outcome(
        "caricature",
        network,
        torch.cat([climb.images for climb in climbs])[order],
        [names[place % len(names)] for place in places[order].tolist()],
        reached=torch.cat([climb.watched["likeness"] for climb in climbs])[order],
        trace=filled([climb.trace for climb in climbs])[order],
        settings={
            "layers": names,
            "steps": steps,
            "rate": rate,
            "noise": noise,
            "tv": tv,
            "alpha": alpha,
            "seed": seed,
        },
        starts=photos[places[order] // len(names)],
    )
