"""Problem 3, part 3: a better network for CIFAR-10."""

from collections.abc import Sequence
from dataclasses import asdict

import torch

from seethrough import photo, see
from seethrough.images.samples import SAMPLES
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.material import SMALL
from seethrough.labs.pretrained_and_small.showing import accuracy_section, compared, filters_section
from seethrough.labs.pretrained_and_small.trained import (
    Built,
    Small,
    architecture,
    built,
    of_the_card,
    recipe,
    tested,
)
from seethrough.labs.words import listed
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section


def better_network(desk: Desk) -> Job[Sections]:
    """Set our best network beside the two others, and say what it is made of."""
    smalls = []
    for place, name in enumerate(SMALL):
        small, _ = yield from part_of(tested(desk, name), place, len(SMALL))
        smalls.append(small)
    best, others = smalls[-1], smalls[:-1]
    made = [built(small.network) for small in smalls]
    filters, _ = filters_section(best, see.filters(best.network))
    return (
        Section(
            "Problem 3, Part 3. A better network",
            of_the_card(best),
            (compared(smalls, "of the three networks"),),
            (recipe(smalls),),
            code=str(best.card["command"]),
            task="Do better with a deeper and better architecture than those of parts 1 and 2.",
            answer=verdict(best, others),
            numbers={
                "accuracy": {small.name: small.accuracy for small in smalls},
                "measured on": best.measured,
                "better than both": all(best.accuracy > other.accuracy for other in others),
            },
        ),
        accuracy_section(desk, best),
        Section(
            "Architecture and design choices",
            tables=(architecture(best),),
            task="Describe the architecture and the choices in its design.",
            answer=choices(best, others[0], made[-1], made[0])
            + " "
            + mirrors(mirror_gaps([s.network for s in smalls])),
            numbers={
                "built": {small.name: asdict(one) for small, one in zip(smalls, made, strict=True)},
                "mirror": mirror_gaps([small.network for small in smalls]),
            },
            level=3,
        ),
        filters,
    )


def verdict(best: Small, others: Sequence[Small]) -> str:
    """Say whether the network is better than the others, and by how much."""
    said = [f"{best.name} reads {best.says()} rightly."]
    for other in others:
        gap = (best.accuracy - other.accuracy) * 100
        wrong, before = 1 - best.accuracy, 1 - other.accuracy
        hundred = (
            f": for every 100 pictures that one gets wrong it gets {wrong / before * 100:.0f} wrong" if before else ""
        )
        said.append(
            f"That is {abs(gap):.1f} points {'more' if gap > 0 else 'less'} than {other.name} "
            f"({percent(other.accuracy)}){hundred}."
        )
    behind = [other.name for other in others if other.accuracy >= best.accuracy]
    said.append(
        f"The problem asks for more than parts 1 and 2 reach; it is not better than {listed(behind)}."
        if behind
        else "That is what the problem asks for: better than parts 1 and 2."
    )
    softer = [name for name in ("smoothing", "mix", "augment") if best.setting(name) != others[0].setting(name)]
    if softer:
        said.append(
            f"Its loss cannot be held against theirs: with {listed(softer)} of its own it learned from harder pictures or "
            "softer answers."
        )
    return " ".join(said)


def choices(best: Small, plain: Small, made: Built, before: Built) -> str:
    """Say what is different about the better network, in numbers."""
    flops = best.card["flops"] / plain.card["flops"]
    said = [
        f"It has {made.convolutions} convolutions in place of {before.convolutions} and {made.parameters:,} parameters in "
        f"place of {before.parameters:,}, and takes {flops:.1f} times the arithmetic."
    ]
    if made.first_side < before.first_side:
        said.append(
            f"Its first filters are {made.first_side} x {made.first_side}, not {before.first_side} x {before.first_side}: "
            "large views are put together from small ones, layer by layer, with a ReLU after each."
        )
    if made.field > before.field:
        said.append(
            f"A unit of its last convolution can see {made.field} pixels across, in the plain network {before.field}: it can "
            f"judge the whole picture of {best.network.size[1]} pixels."
            if made.field >= best.network.size[1]
            else f"A unit of its last convolution can see {made.field} pixels across, in the plain network {before.field}."
        )
    if made.norms > before.norms:
        said.append(f"{made.norms} layers of batch normalisation keep so deep a network trainable.")
    if made.residual:
        said.append(
            f"{made.residual} blocks add what went in to what comes out, so that the gradient has a short way back."
        )
    differ = [
        f"{name} {best.setting(name)} in place of {plain.setting(name)}"
        for name in dict.fromkeys((*best.card["recipe"], *plain.card["recipe"]))
        if best.setting(name) != plain.setting(name)
    ]
    if differ:
        said.append(
            f"It was also trained otherwise: {listed(differ)}. So the numbers cannot tell how much of the gain is owed to the "
            "architecture, and how much to the recipe."
        )
    return " ".join(said)


def mirror_gaps(networks: Sequence[Network]) -> dict[str, float]:
    """Return how much the probabilities of the bundled photos differ from those of their mirror images, at most."""
    found = {}
    for network in networks:
        pixels = network.frame([photo(name) for name in SAMPLES])
        with torch.no_grad():
            one, other = network(pixels).softmax(1), network(pixels.flip(-1)).softmax(1)
        found[network.name] = float((one - other).abs().max())
    return found


def mirrors(gaps: dict[str, float]) -> str:
    """Say which networks mind mirrors."""
    blind = [name for name, gap in gaps.items() if gap < 1e-4]
    mind = [f"{name} by up to {percent(gap)}" for name, gap in gaps.items() if gap >= 1e-4]
    said = "Mirrored, the bundled photos get "
    if not mind:
        return f"{said}the same probabilities from all of them."
    if not blind:
        return f"{said}other probabilities from all of them: {listed(mind)}."
    return (
        f"{said}other probabilities from {listed(mind)}, and the same from {listed(blind)}: for that a thing and its mirror "
        "image are one, and nothing has to be learned twice."
    )
