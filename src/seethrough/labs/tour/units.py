"""Units by gradient ascent: of several layers, of two networks, and with total variation."""

from collections.abc import Mapping
from typing import Any

from seethrough import dream
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.tour.gallery import exhibit, layer_at, seeded
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_image

SECOND = "cifar10-best"


def intermediate(desk: Desk) -> Job[Sections]:
    """Units of three layers."""
    steps, three = 16 if desk.quick else 200, [layer_at(desk.network, depth) for depth in (0.1, 0.45, 0.85)]
    units = [f"{layer}:{unit}" for layer in three for unit in ((7,) if desk.quick else (5, 7, 9))]
    found = yield from dream.unit.job(desk.network, units, steps=steps, seed=desk.seed)
    reached = dict(zip(units, found.reached.tolist(), strict=True))
    return (
        exhibit(
            "intermediate",
            found.figure(),
            "Images optimised for units of an early, a middle and a late layer",
            f"Units of {', '.join(three)}, {steps} steps; above each image the unit (layer:unit) and the value it "
            "reached, the mean "
            "of its map.",
            desk.command(f"dream unit {' '.join(units)} --steps {steps} --sheet units.png"),
            text="The wish is a unit's value in place of a class's score.",
            numbers={"reached": reached},
        ),
    )


def networks(desk: Desk) -> Job[Sections]:
    """Units at one depth of two networks."""
    steps, count, depth = 16 if desk.quick else 150, 3 if desk.quick else 4, 0.5
    second = load(SECOND)
    work = dream.compare.job([desk.network, second], depth=depth, count=count, steps=steps, seed=desk.seed)
    found = yield from work
    return (
        exhibit(
            "networks",
            found.figure(),
            "Images optimised for units half-way through two networks",
            f"The first {count} units half-way through {desk.network.name} ({desk.network.size[0]} pixels) and {SECOND} "
            f"({second.size[0]} pixels), {steps} steps.",
            desk.python(
                f'found = dream.compare([network, load("{SECOND}")], depth={depth}, count={count}, '
                f"steps={steps}{seeded(desk)})",
                'found.save("networks.png")',
                uses="dream",
            ),
            text="The slide compares conv5 of AlexNet, VGG-M and VGG-VD: the better the network, the more its units look like "
            "parts of things.",
            numbers={"reached": {one.network: one.reached.tolist() for one in found.dreams}},
        ),
    )


def tv(desk: Desk) -> Job[Sections]:
    """One feature component, without and with total variation."""
    steps, unit = 16 if desk.quick else 200, f"{layer_at(desk.network, 0.7)}:37"
    ways: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("no prior", {"tv": 0.0}),
        ("TV + alpha norm", {"tv": 0.1, "alpha": 0.01}),
    )
    found = []
    for place, (_, changes) in enumerate(ways):
        work = dream.unit.job(
            desk.network, unit, recipe="lucid", canvas="pixels", rate=0.02, steps=steps, seed=desk.seed, **changes
        )
        one, _ = yield from part_of(work, place, len(ways))
        found.append(one)
    figure, panels = sheet(1, 2, cell=(3.2, 3.0), title=f"{unit} ({desk.network.name})")
    values, rough = {}, {}
    for panel, (name, _), one in zip(panels[0], ways, found, strict=True):
        values[name] = float(one.reached[0])
        rough[name] = float(one.images[0].diff(dim=-1).abs().mean())
        show_image(panel, one.images[0], f"{name}\nreaches {values[name]:.3g}")
    falls = 1 - rough["TV + alpha norm"] / max(rough["no prior"], 1e-9)
    said = f"{percent(falls)} less" if falls > 0 else "no less"
    return (
        exhibit(
            "tv",
            figure,
            "An image that excites a unit most, without and with total variation",
            f"{steps} steps of pixels. Neighbouring pixels differ by {rough['no prior']:.3f} without and by "
            f"{rough['TV + alpha norm']:.3f} with the priors.",
            desk.python(
                *(
                    f'dream.unit(network, "{unit}", recipe="lucid", canvas="pixels", rate=0.02, steps={steps}{seeded(desk)}'
                    + "".join(f", {key}={value}" for key, value in changes.items())
                    + f').save("{place}.png")'
                    for place, (_, changes) in enumerate(ways)
                ),
                uses="dream",
            ),
            text="min -<e_k, phi(x)> + R_TV(x) + R_alpha(x): one component k, smooth, and of no extreme values.",
            answer=f"With the priors neighbouring pixels differ {said}, and the unit reaches {values['TV + alpha norm']:.3g} "
            f"instead of {values['no prior']:.3g}.",
            numbers={"unit": unit, "reached": values, "roughness": rough},
        ),
    )
