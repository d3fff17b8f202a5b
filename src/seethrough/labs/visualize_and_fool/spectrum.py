"""B: units of the last pre-softmax layer, with and without a prior on the image's spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seethrough import dream
from seethrough.ascent.spectrum import REDUCED, fall, radial_power
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.shown import SHOWN, framed
from seethrough.labs.visualize_and_fool.regularisers import classes_to_show
from seethrough.labs.vivid import vivid
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.plots import sheet, show_curve, show_image
from seethrough.report import Section, Table, picture
from seethrough.results.dream import Dream


@dataclass(frozen=True)
class Arm:
    """One way to dream: its name, the weight of the prior, and the exponent with which amplitudes are asked to fall."""

    name: str
    weight: float
    exponent: float


ARMS = (
    Arm("without the prior", 0.0, 1.0),
    Arm("amplitude as 1/f", 10.0, 1.0),
    Arm("power as 1/f", 10.0, 0.5),
)


def spectrum(desk: Desk) -> Job[Sections]:
    """Dream units of the last layer in three ways, and fit the slopes of their spectra."""
    network, steps = desk.network, 20 if desk.quick else 200
    classes = classes_to_show(network, 2 if desk.quick else 4)
    found: list[Dream] = []
    for place, arm in enumerate(ARMS):
        work = dream.class_.job(
            network,
            classes,
            recipe="natural",
            spectrum=arm.weight,
            exponent=arm.exponent,
            steps=steps,
            seed=desk.seed,
        )
        one, _ = yield from part_of(work, place, len(ARMS))
        found.append(one)
    photos = framed(network, list(SHOWN))
    slopes = [float(fall(one.images).mean()) for one in found]
    photo_slopes = [float(one) for one in fall(photos)]
    lines = {
        **{arm.name: _curve(one.images) for arm, one in zip(ARMS, found, strict=True)},
        "photographs": _curve(photos),
    }
    across = [float(one) for one in radial_power(photos)[0].log10()]
    figure, panels = sheet(1, 1, cell=(4.0, 6.2), title=f"Spectra ({network.name})")
    show_curve(panels[0, 0], across, lines, across="log10 of waves a side", upward="log10 of power (first = 0)")
    grid, cells = sheet(len(ARMS), len(classes), cell=(2.7, 2.4), title=f"Without and with the prior ({network.name})")
    for row, arm, one in zip(cells, ARMS, found, strict=True):
        assert one.probabilities is not None
        for panel, image, name, sure in zip(row, one.images, classes, one.probabilities.tolist(), strict=True):
            shown, factor = vivid(image, network.mean_colour)
            show_image(panel, shown, f"{arm.name}{factor}\n{name} {percent(sure)}")
    settings = f"recipe='natural', steps={steps}, seed={desk.seed}"
    code = desk.python(
        f"for weight, exponent in {[(arm.weight, arm.exponent) for arm in ARMS]}:",
        f"    found = dream.class_(network, {classes!r}, spectrum=weight, exponent=exponent, {settings})",
        "    print(weight, exponent, found.falls.tolist())",
        "    found.save(f'spectrum-{weight:g}-{exponent:g}.png')",
        uses="dream",
    )
    rows = tuple(
        (arm.name, slope, 2 * slope, percent(_mean(one))) for arm, slope, one in zip(ARMS, slopes, found, strict=True)
    )
    real = sum(photo_slopes) / len(photo_slopes)
    return (
        Section(
            "B. Natural image statistics",
            "In photographs slow waves are strong and fast ones weak. The sheet says that the power falls as 1/f; measured on "
            "photographs it is the amplitude that falls about as 1/f, and so the power, its square, as 1/f². Both are tried "
            "here: the exponent is a setting.\n\n"
            f"The prior is measured on a copy of the image reduced to {REDUCED} pixels, as the sheet advises: the mean over "
            "octaves of the squared difference between the logarithms of the power and of a line of the wanted slope. "
            f"Its weight is 10. All images: {steps} steps of Adam, rate 0.01, random shifts, a slight blur every 4 steps.",
            (
                picture(
                    grid,
                    f"{listed(classes)}, dreamt without and with the prior",
                    "Units of the last layer before the softmax: without the prior, with amplitudes asked to fall as 1/f, "
                    "and with the power asked to fall as 1/f, as the sheet says it literally.",
                    code,
                ),
                picture(
                    figure,
                    "four curves of power against frequency",
                    "The spectra: power by frequency, both as logarithms, so that 1/f² is a line of slope -2. "
                    "The very slowest wave looks weak in all, as the image is faded out towards its edges to measure it.",
                    code,
                ),
            ),
            (
                Table(
                    ("images", "amplitude falls as 1/f^", "power falls as 1/f^", "probability"),
                    (*rows, ("photographs (mean of 4)", real, 2 * real, "")),
                    "Fitted over octaves, on the reduced copy. "
                    + ", ".join(f"{name} {slope:.2f}" for name, slope in zip(SHOWN, photo_slopes, strict=True))
                    + " are the amplitudes' exponents of the single photographs.",
                ),
            ),
            task="Visualise units of the last layer before the softmax with a regulariser that rests on the spectrum of "
            "natural images, defined on a reduced-size copy.",
            answer=falling(slopes, photo_slopes),
            numbers={
                "classes": classes,
                "arms": [arm.name for arm in ARMS],
                "amplitude_falls": slopes,
                "power_falls": [2 * slope for slope in slopes],
                "photographs": dict(zip(SHOWN, photo_slopes, strict=True)),
                "probabilities": [_mean(one) for one in found],
            },
        ),
    )


def _mean(found: Dream) -> float:
    assert found.probabilities is not None
    return float(found.probabilities.mean())


def _curve(images: torch.Tensor) -> list[float]:
    power = radial_power(images)[1].clamp_min(1e-12).log10().mean(0)
    return [float(one) for one in power - power[0]]


def falling(slopes: Sequence[float], photographs: Sequence[float]) -> str:
    """Say whether the prior brought the spectrum to that of photographs; of slopes without it, with 1/f, with power 1/f."""
    without, natural, literal = slopes
    low, high = min(photographs), max(photographs)
    said = (
        f"Fitted to the amplitudes, the photographs fall as 1/f^{low:.2f} to 1/f^{high:.2f}, the images without the prior "
        f"as 1/f^{without:.2f}, with it as 1/f^{natural:.2f}."
    )
    middle = sum(photographs) / len(photographs)
    if low <= without <= high:
        said += " Even without the prior the images fall as photographs do."
    elif abs(natural - middle) < abs(without - middle):
        said += " The prior does what it is for: it brings the spectrum nearer to that of photographs."
    else:
        said += " The prior did not bring the spectrum nearer to that of photographs in this run."
    if literal < natural - 0.02:
        said += (
            f" Taken literally (power as 1/f) the images fall as 1/f^{literal:.2f}: they keep more fast waves, "
            "that is more grain, than photographs have."
        )
    else:
        said += f" Taken literally (power as 1/f) it is 1/f^{literal:.2f}, no shallower than with amplitudes as 1/f."
    return said
