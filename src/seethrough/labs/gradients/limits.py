"""Question 2: how far a saliency map can be believed, measured in four ways."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seethrough import see
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.gradients.saliency import mapped
from seethrough.labs.shown import SHOWN
from seethrough.networks.streams import image_streams
from seethrough.report import Section, Table, picture
from seethrough.results.heatmap import Heatmap
from seethrough.see.ranking import spearman

NOISE = 0.02
"""Standard deviation of the noise that a person hardly sees: 5 of 255 grey levels."""
METHODS = "gradient,smooth-grad,grad-cam"


@dataclass(frozen=True)
class Found:
    """Means over the photos: areas under the deletion and insertion curves, in the map's order and a random one; rank
    correlations of maps.
    """

    deletion: float
    deletion_random: float
    insertion: float
    insertion_random: float
    noise: float
    noise_smooth: float
    other_class: float
    random_network: float


def limits(desk: Desk) -> Job[Sections]:
    """Ask four questions of the maps: do pixels matter, do maps last, do they differ by class, do they need the training?"""
    network = desk.network
    names = list(SHOWN)[: 2 if desk.quick else 4]
    maps, pixels = mapped(desk, names)
    wanted = torch.tensor([target.index for target in maps.targets])
    steps, samples = (8, 8) if desk.quick else (16, 24)
    work = see.compare.job(network, pixels, wanted, methods=METHODS, steps=steps)
    compared, _ = yield from part_of(work, 0, 5)
    assert compared.deletion is not None and compared.insertion is not None
    drawn = [torch.rand(maps.values.shape[1:], generator=one) for one in image_streams(desk.seed, len(names))]
    blind = replace(maps, values=torch.stack(drawn), raw=None)
    curves, _ = yield from part_of(see.deletion_insertion.job(network, pixels, blind, steps=steps), 1, 5)
    noisy = _with_noise(pixels, desk.seed)
    smooth, _ = yield from part_of(see.smooth_grad.job(network, pixels, wanted, samples=samples, seed=desk.seed), 2, 5)
    smooth_noisy, _ = yield from part_of(
        see.smooth_grad.job(network, noisy, wanted, samples=samples, seed=desk.seed + 1), 3, 5
    )
    check, _ = yield from part_of(
        see.sanity_check.job(
            network, pixels, wanted, method="gradient", stages=min(3 if desk.quick else 6, _most(desk)), seed=desk.seed
        ),
        4,
        5,
    )
    with torch.no_grad():
        other = network(pixels).argmin(1)
    deletions = dict(zip(compared.names, compared.deletion.mean(1).tolist(), strict=True))
    insertions = dict(zip(compared.names, compared.insertion.mean(1).tolist(), strict=True))
    found = Found(
        deletions["gradient"],
        float(curves.deletion_area.mean()),
        insertions["gradient"],
        float(curves.insertion_area.mean()),
        _alike(maps, see.gradient(network, noisy, wanted)),
        _alike(smooth, smooth_noisy),
        _alike(maps, see.gradient(network, pixels, other)),
        float(check.rank[-1].nanmean()),
    )
    rows: tuple[tuple[str | float, ...], ...] = (
        *((f"deletion area, pixels in the order of {name}", round(area, 3)) for name, area in deletions.items()),
        ("deletion area, pixels in random order", round(found.deletion_random, 3)),
        *((f"insertion area, pixels in the order of {name}", round(area, 3)) for name, area in insertions.items()),
        ("insertion area, pixels in random order", round(found.insertion_random, 3)),
        ("gradient of the photo and of the photo with slight noise", round(found.noise, 3)),
        ("SmoothGrad of the same two", round(found.noise_smooth, 3)),
        ("gradient of the right class and of the least likely one", round(found.other_class, 3)),
        ("gradient of the trained network and of one with random weights", round(found.random_network, 3)),
    )
    return (
        Section(
            "Question 2: the limits of the technique",
            "Four things can be measured. Do the pixels that the map calls important matter: how fast does the probability "
            "fall when they are made black, the brightest of the map first, and rise when they come back into a blurred photo? "
            "Does the map stay when the photo changes a "
            f"little (noise with a standard deviation of {NOISE * 255:.0f} of 255 grey levels)? Does it differ from class to "
            "class? Does it change when what the network has learned is taken away, layer by layer?\n\n"
            f"Maps are compared by rank correlation: 1 is the same order of all pixels, 0 is none in common. {len(names)} "
            "photos, means.",
            (
                picture(
                    compared.figure(),
                    "maps of three methods with their areas",
                    "The gradient beside SmoothGrad (the mean gradient of noisy copies) and Grad-CAM (the last maps, weighted "
                    "by their gradients), each with the areas under its curves.",
                    desk.command(f"see compare {' '.join(names)} --methods {METHODS} --steps {steps}"),
                ),
                picture(
                    check.figure(),
                    "the gradient's map as more and more layers are made random",
                    "What becomes of the map as the layers' weights are made random, from the output down.",
                    desk.command(
                        f"see sanity-check {' '.join(names)} --method gradient --stages {check.settings['stages']}"
                    ),
                ),
            ),
            (
                Table(
                    ("measured", "value"),
                    rows,
                    "Deletion areas: less is better; insertion areas: more is better. The rest: rank correlation of maps.",
                ),
            ),
            task="Discuss the limits of this way to see the impact of pixels.",
            answer=how_far(found),
            numbers={
                **vars(found),
                "photos": names,
                "deletions": deletions,
                "insertions": insertions,
                "by_layer": dict(zip(check.layers, check.rank[1:].nanmean(1).tolist(), strict=True)),
            },
            level=3,
        ),
    )


def _most(desk: Desk) -> int:
    """Count the layers with weights, of which no more can be made random than there are."""
    return sum(next(part.parameters(recurse=False), None) is not None for part in desk.network.module.modules())


def _with_noise(pixels: Tensor, seed: int) -> Tensor:
    drawn = [torch.randn(pixels.shape[1:], generator=one) for one in image_streams(seed, len(pixels))]
    return (pixels + NOISE * torch.stack(drawn)).clamp(0, 1)


def _alike(one: Heatmap, other: Heatmap) -> float:
    return float(spearman(one.values, other.values).nanmean())


def how_far(found: Found) -> str:
    """Say which of the four tests the maps pass."""
    faster = found.deletion < 0.9 * found.deletion_random
    sooner = found.insertion > 1.1 * found.insertion_random
    areas = (
        f"(deletion {found.deletion:.2f} against {found.deletion_random:.2f} in random order, insertion {found.insertion:.2f} "
        f"against {found.insertion_random:.2f})"
    )
    if faster and sooner:
        said = [f"The pixels that the map names do matter {areas}."]
    elif sooner:
        said = [
            f"The pixels that the map names bring the class back sooner than others do, but taking them away is no worse "
            f"than taking any {areas}: scattered black pixels break an answer wherever they lie."
        ]
    elif faster:
        said = [
            f"Without the pixels that the map names the class falls faster, but they alone do not bring it back {areas}."
        ]
    else:
        said = [f"By both curves the pixels that the map names matter no more than pixels drawn by chance {areas}."]
    said.append(
        "Noise that a person hardly sees changes much of the map"
        if found.noise < 0.5
        else "Slight noise changes some of the map"
        if found.noise < 0.8
        else "Slight noise leaves the map as it is"
    )
    said[-1] += f": the two have a rank correlation of {found.noise:.2f}"
    said[-1] += (
        f", while those of SmoothGrad have {found.noise_smooth:.2f}: the mean over noisy copies is steadier."
        if found.noise_smooth > found.noise + 0.05
        else f"; SmoothGrad is no steadier here ({found.noise_smooth:.2f})."
    )
    said.append(
        f"The map says little about the class: that of the least likely class is nearly the same ({found.other_class:.2f})."
        if found.other_class > 0.6
        else f"The map of the least likely class has something in common with it ({found.other_class:.2f}): it shows in part "
        "where the photo has anything at all, not what speaks for this class."
        if found.other_class > 0.2
        else f"The maps of different classes differ ({found.other_class:.2f})."
    )
    said.append(
        f"With random weights the map is another ({found.random_network:.2f}): it does show what was learned."
        if abs(found.random_network) < 0.25
        else f"With random weights some of the map stays ({found.random_network:.2f}): that part shows the photo's edges, not "
        "what was learned."
    )
    said.append(
        "And one limit needs no measuring: a gradient holds for tiny changes alone. Where the network is already sure, more "
        "of the same changes little, and the slope is small at the very thing that counts."
    )
    return " ".join(said)
