"""The last step of every dream: from where the loop ended to a Dream."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from seethrough.ascent.spectrum import SMALLEST, fall
from seethrough.dream.paint import photographs
from seethrough.networks.network import Network
from seethrough.results.dream import Dream
from seethrough.results.guesses import Guess
from seethrough.see.heat import plain


def outcome(
    method: str,
    network: Network,
    images: Tensor,
    wishes: Sequence[str],
    *,
    reached: Tensor,
    trace: Tensor,
    settings: Mapping[str, Any],
    wanted: Tensor | None = None,
    probabilities: Tensor | None = None,
    starts: Tensor | None = None,
) -> Dream:
    """Make the result; what the network takes the images for, and their spectra, are measured on what is returned."""
    measured = min(images.shape[-2:]) >= SMALLEST
    with torch.inference_mode(False), torch.no_grad():
        falls = plain(fall(images)) if measured else None
        natural = fall(photographs(network)) if measured else None
    return Dream(
        network=network.name,
        method=f"dream.{method}",
        settings=dict(settings),
        images=plain(images),
        wishes=tuple(wishes),
        reached=plain(reached),
        trace=plain(trace),
        guesses=guesses(network, images),
        wanted=None if wanted is None else plain(wanted),
        probabilities=None if probabilities is None else plain(probabilities),
        starts=None if starts is None else plain(starts),
        falls=falls,
        natural_falls=None if natural is None else (float(natural.min()), float(natural.max())),
    )


def guesses(network: Network, images: Tensor) -> tuple[Guess, ...]:
    """Return what the network takes each image for; images of another size through its frame."""
    pixels = images if tuple(images.shape[-2:]) == network.size else network.frame(images)
    parts = [network.classify(pixels[rows].clamp(0, 1), top=1) for rows in network.parts(len(pixels))]
    return tuple(row[0] for part in parts for row in part.rows)
