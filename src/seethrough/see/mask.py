"""From map to mask: an object cut out of its photo, with nothing but a classifier to go by."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seethrough.errors import UserError, require, unknown
from seethrough.images.blur import blurred
from seethrough.jobs import Job, job
from seethrough.networks.network import Classes, Network
from seethrough.results.heatmap import Heatmap
from seethrough.results.mask import INSIDE, OUTSIDE, Mask
from seethrough.see.inner_job import as_job
from seethrough.see.table import TABLE


@job
def mask(
    network: Network,
    images: Tensor,
    classes: Classes = None,
    *,
    method: str = "grad_cam",
    foreground: float = 0.95,
    background: float = 0.3,
    rounds: int = 5,
) -> Job[Mask]:
    """GrabCut, seeded by a heat map: segmentation without supervision (Simonyan et al. 2014, arXiv:1312.6034, section 3.2).

    The map is smoothed over 1/32 of the image's smaller side, lest speckle be taken for parts. Pixels from its `foreground`
    quantile up are then inside, those down to its `background` quantile outside; colours and edges decide about the others
    (Rother et al. 2004), and the largest connected part is the mask. `method` is any of `see` that makes a heat map of a class.

    >>> mask(network, pixels, "tabby").save("cat-mask.png")
    """
    if not 0 <= background < foreground <= 1:
        raise UserError(
            f"foreground is {foreground}, background {background}; they take 0 <= background < foreground <= 1"
        )
    if rounds < 1:
        raise UserError(f"rounds is {rounds}; it takes 1 or more")
    cv2 = require("cv2", "mask")
    start = heat_method(method)
    images = network.checked(images)
    if images.shape[1] not in (1, 3):
        raise UserError(f"images has {images.shape[1]} channels; a mask is cut by colour: 1 or 3")
    heatmap: Heatmap = yield from as_job(start, network, images, classes)
    smooth = smoothed(heatmap)
    seeds, guess = seeded(smooth, foreground, background)
    cuts = [grab_cut(cv2, *each, rounds) for each in zip(heatmap.images, seeds, guess, strict=True)]
    return Mask(
        network=network.name,
        method="see.mask",
        settings={
            "classes": heatmap.settings.get("classes"),
            "method": method,
            "foreground": foreground,
            "background": background,
            "rounds": rounds,
        },
        heatmap=heatmap,
        smooth=smooth.float(),
        seeds=seeds,
        mask=torch.stack(cuts),
    )


def heat_method(name: str) -> Any:
    """Return the function of `see` that makes a heat map of a class by that name."""
    fit = [row.name for row in TABLE.values() if row.makes == "Heatmap" and "class" in row.needs]
    if name.replace("-", "_") not in fit:
        raise unknown("method", name, fit)
    return TABLE[name].load()


def smoothed(heatmap: Heatmap) -> Tensor:
    """Return the maps [B, H, W] without their speckle, of signed ones what speaks for the class; a flat one is refused."""
    values = heatmap.values.double().clamp_min(0) if heatmap.signed else heatmap.values.double()
    values = blurred(values[:, None], min(values.shape[1:]) / 32)[:, 0]
    flat = values.flatten(1)
    # A NaN makes the comparison false.
    told = flat.amax(1) - flat.amin(1) > 1e-6 * flat.abs().amax(1)
    for place, target in enumerate(heatmap.targets):
        if not told[place]:
            raise UserError(
                f"images: the {heatmap.method} map of image {place + 1} ({target}) is flat or not a number: "
                "it gives a mask nothing to begin with"
            )
    return values


def seeded(values: Tensor, foreground: float, background: float) -> tuple[Tensor, Tensor]:
    """Return what maps [B, H, W] are sure of (1 inside, -1 outside, 0 neither), and which pixels they would rather have inside.

    Where both quantiles are one number, as in a map that is mostly zero, only what lies above it is inside; where nothing
    does, only what lies below is outside.
    """
    flat = values.flatten(1)
    low = flat.quantile(background, dim=1)[:, None, None]
    high = flat.quantile(foreground, dim=1)[:, None, None]
    full = low == flat.amax(1)[:, None, None]
    inside = (values >= high) & ((values > low) | full)
    outside = (values <= low) & ~inside
    seeds = inside.to(torch.int8) * INSIDE + outside.to(torch.int8) * OUTSIDE
    return seeds, values > (low + high) / 2


def grab_cut(cv2: Any, photo: Tensor, seeds: Tensor, guess: Tensor, rounds: int) -> Tensor:
    """Return the mask [H, W] that colours and edges of a photo [1 or 3, H, W] grow from seeds and a first guess."""
    picture = (photo.expand(3, -1, -1).flip(0).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    marks = np.where(guess.numpy(), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[seeds.numpy() == INSIDE] = cv2.GC_FGD
    marks[seeds.numpy() == OUTSIDE] = cv2.GC_BGD

    def cut() -> None:
        cv2.setRNGSeed(0)
        colours = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(picture, marks, None, *colours, rounds, cv2.GC_INIT_WITH_MASK)

    # GrabCut draws from OpenCV's random state, which is one for each thread: in a thread of its own, the caller's stays.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(cut).result()
    return largest_part(cv2, np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)))


def largest_part(cv2: Any, mask: NDArray[np.bool_]) -> Tensor:
    """Return the largest of a mask's connected parts."""
    count, parts, sizes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    largest = 1 + int(sizes[1:, cv2.CC_STAT_AREA].argmax()) if count > 1 else 1
    return torch.from_numpy(parts == largest)
