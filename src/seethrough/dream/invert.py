"""Inversion: an image that a layer takes for the photo. What is left of it there?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from seethrough.ascent.canvas import Canvas, pixels
from seethrough.ascent.fourier import fourier
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.loop import Climb, ascend
from seethrough.ascent.prior import alpha_norm, colour
from seethrough.ascent.prior import tv as variation
from seethrough.ascent.wish import Wish
from seethrough.dream.code import as_the_photo, code, nonzero
from seethrough.dream.outcome import guesses
from seethrough.dream.strip import Part, filled, in_turn, strip
from seethrough.errors import UserError, unknown
from seethrough.jobs import Job, job
from seethrough.networks.network import Network
from seethrough.networks.streams import image_streams
from seethrough.results.inversion import Inversion
from seethrough.see.heat import plain

On: TypeAlias = Literal["fourier", "pixels"]

PRIORS: dict[str, tuple[float, bool]] = {
    "none": (0, False),
    "tv1": (1, False),
    "tv2": (2, False),
    "alpha": (0, True),
    "both": (2, True),
}
"""The exponent of the total variation, or 0 for none of it, and whether there is the alpha norm."""
EARLIEST, LATEST = 1e-3, 1e-1
"""The weight of the total variation at the first and at the last layer, where none is given: 100 times as much."""

# How the Fourier canvas begins: as faint clouds. On stiffer waves than those of a dream what the code says of large shapes
# is found before what it says of edges.
CLOUDS, FALL = 0.05, 1.25
SHARES = [place / 9 for place in range(10)]
"""How far through the network the layers are that nobody named."""
GRAIN = 0.05
"""Standard deviation of the noise that pixels begin as, about the mean colour."""


@dataclass(frozen=True)
class _Sought:
    """What one picture is to be: of which photo, with which prior, from which start, at which layer."""

    photo: int
    prior: str
    start: int
    layer: str


@job
def invert(
    network: Network,
    images: Tensor,
    *,
    layers: str | Sequence[str] | None = None,
    prior: str = "both",
    starts: int = 1,
    steps: int = 150,
    tv: float | None = None,
    alpha: float = 0.01,
    canvas: On = "fourier",
    seed: int = 0,
    batch: int | None = None,
) -> Job[Inversion]:
    """Find images with the code of the photo: min |phi(x) - phi0|^2 / |phi0|^2 + tv TV(x) / TV(x0) + alpha A(x) / A(x0).

    Mahendran & Vedaldi 2015, arXiv:1412.0035, by L-BFGS. `layers` are names, or one text of them with commas, or `all`; up
    to ten from the first to the last if not given. `prior` is none, tv1, tv2 (total variation with exponent 1 or 2), alpha
    (the norm with exponent 6 about the mean colour) or both (tv2 and alpha); several with commas go side by side. `tv` grows
    from 0.001 at the first layer to 0.1 at the last if not given. `starts` images begin from different noise: the code does
    not name one image.

    >>> invert(network, pixels, layers="conv_stem,blocks.4.2", prior="none,both").save("coffee-inverted.png")
    """
    batch = network.at_once(batch)
    photos = network.checked(images).detach().to(torch.promote_types(network.dtype, torch.float32))
    names, priors = strip(network, layers, SHARES), _priors(prior)
    for setting, value, least in (("starts", starts, 1), ("tv", tv or 0, 0), ("alpha", alpha, 0)):
        if not value >= least:
            raise UserError(f"{setting} is {value}; it takes {least} or more")
    if canvas not in CANVASES:
        raise UserError(f"canvas: {canvas!r} does not fit; it takes {' | '.join(CANVASES)}")

    each = product(range(len(photos)), priors, range(starts), names)
    sought = [_Sought(*one) for one in each]

    def part(places: list[int]) -> Part:
        these = [sought[place] for place in places]
        layer, which = these[0].layer, these[0].prior

        def loop() -> Job[Climb]:
            own = photos[[one.photo for one in these]]
            misfit = code(network, own, layer).misfit()
            weight = _weight(network, layer) if tv is None else tv
            # Pictures of one photo that differ in the layer or the prior begin alike.
            streams = [image_streams(seed, 1, one.photo * starts + one.start)[0] for one in these]
            return ascend.job(
                network,
                CANVASES[canvas](streams, network, own.dtype),
                -misfit - _costs(own, network.mean_colour, PRIORS[which], weight, alpha),
                stride=lbfgs(),
                steps=steps,
                best=True,
                watch={"code": lambda reading: misfit.read(reading).sqrt()},
                at_once=batch,
            )

        return places, loop

    # Layer after layer: what is not come to is then missing at the end of every strip.
    groups = [
        [place for place, one in enumerate(sought) if (one.layer, one.prior) == kind] for kind in product(names, priors)
    ]
    parts = [part(group[first : first + batch]) for group in groups for first in range(0, len(group), batch)]
    blank = colour(network.mean_colour, photos).expand(len(sought), -1, *network.size)
    done = yield from in_turn(parts, blank)

    climbs = [climb for _, climb in done]
    places = torch.tensor([place for begun, _ in done for place in begun])
    order = places.argsort()
    made = [sought[place] for place in places[order].tolist()]
    found = torch.cat([climb.images for climb in climbs])[order]
    of = [one.photo for one in made]
    with torch.inference_mode(False), torch.no_grad():
        apart = (found - photos[of]).flatten(1).norm(dim=1)
        contrast = nonzero((photos - colour(network.mean_colour, photos)).flatten(1).norm(dim=1))
    return Inversion(
        network=network.name,
        method="dream.invert",
        settings={
            "layers": names,
            "prior": ",".join(priors),
            "starts": starts,
            "steps": steps,
            "tv": tv,
            "alpha": alpha,
            "canvas": canvas,
            "seed": seed,
        },
        images=plain(photos),
        pictures=plain(found),
        of=tuple(of),
        layers=tuple(one.layer for one in made),
        priors=tuple(one.prior for one in made),
        starts=tuple(one.start for one in made),
        code_error=plain(torch.cat([climb.watched["code"] for climb in climbs])[order]),
        pixel_error=plain(apart / contrast[of]),
        guesses=guesses(network, found),
        photo_guesses=guesses(network, photos),
        trace=plain(filled([climb.trace for climb in climbs])[order]),
    )


def _priors(wanted: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    for name in names:
        if name not in PRIORS:
            raise unknown("prior", name, PRIORS)
    if not names:
        raise UserError(f"prior is {wanted!r}; it takes {' | '.join(PRIORS)}, or several with commas")
    return names


def _weight(network: Network, layer: str) -> float:
    """Return the weight of the total variation at a layer: the deeper it is, the less its code says about fine detail."""
    names = list(network.layers)
    depth = names.index(layer) / max(len(names) - 1, 1)
    weight: float = EARLIEST * (LATEST / EARLIEST) ** depth
    return weight


def _costs(photos: Tensor, mean: Tensor, prior: tuple[float, bool], weight: float, alpha: float) -> Wish:
    exponent, normed = prior
    costs = weight * as_the_photo(variation(exponent), photos) if exponent else NOTHING
    return costs + alpha * as_the_photo(alpha_norm(about=mean), photos) if normed else costs


NOTHING = Wish(lambda reading: reading.images.new_zeros(len(reading.images)))


def _clouds(streams: list[torch.Generator], network: Network, dtype: torch.dtype) -> Canvas:
    device = network.device
    return fourier(streams, network.channels, network.size, spread=CLOUDS, decay=FALL, dtype=dtype, device=device)


def _grain(streams: list[torch.Generator], network: Network, dtype: torch.dtype) -> Canvas:
    shape = (network.channels, *network.size)
    drawn = torch.stack([torch.randn(shape, generator=stream, dtype=torch.float64) for stream in streams])
    about = colour(network.mean_colour.double(), drawn)
    return pixels((about + GRAIN * drawn).clamp(0, 1).to(network.device, dtype))


CANVASES = {"fourier": _clouds, "pixels": _grain}
