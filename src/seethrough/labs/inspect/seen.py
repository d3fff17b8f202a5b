"""Why the photo is taken for that: four maps of what mattered, and which of them is to be trusted most."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from seethrough import see
from seethrough.errors import UserError
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.subject import Subject, class_words, subject
from seethrough.labs.words import listed
from seethrough.networks.streams import image_streams
from seethrough.percent import percent
from seethrough.report import Section, Table, picture
from seethrough.results.comparison import Comparison
from seethrough.results.heatmap import Heatmap
from seethrough.see.ranking import spearman

METHODS = {
    "gradient": "the gradient",
    "guided_backprop": "guided backprop",
    "grad_cam": "Grad-CAM",
    "occlusion": "occlusion",
}
STEPS, QUICK = 16, 8
SAME = 0.9
"""The rank correlation above which two maps are much the same."""
BETTER = 0.02
"""By how much one map's areas have to be better than another's for that to be said."""


@dataclass(frozen=True)
class Trust:
    """A map's areas under the deletion and the insertion curve, and how like it its map of another class is."""

    name: str
    deletion: float
    insertion: float
    for_another: float | None = None

    @property
    def gain(self) -> float:
        """Return by how much the insertion area is the larger: the more, the better the map."""
        return self.insertion - self.deletion


def seen(desk: Desk) -> Job[Sections]:
    """Compare four maps by their deletion and insertion areas, beside a map of noise."""
    about, network, steps = subject(desk), desk.network, QUICK if desk.quick else STEPS
    work = see.compare.job(network, about.pixels, about.top, methods=tuple(METHODS), steps=steps)
    maps, _ = yield from part_of(work, 0, 3)
    noise_curves = see.deletion_insertion.job(network, about.pixels, _noise(maps.maps[0], desk.seed), steps=steps)
    chance, _ = yield from part_of(noise_curves, 1, 3)
    block = max(min(network.size) * 3 // 14, 1)
    stride = max(block // 3, 1)
    covering = see.occlusion.job(network, about.pixels, about.top, block=block, stride=stride, on="probability")
    covered, _ = yield from part_of(covering, 2, 3)
    assert covered.grid is not None
    least, most = float(covered.grid.min()), float(covered.grid.max())
    assert maps.deletion is not None and maps.insertion is not None
    trusts = [
        Trust(name, deletion, insertion, _for_another(desk, about, heatmap))
        for name, deletion, insertion, heatmap in zip(
            maps.names, maps.deletion[:, 0].tolist(), maps.insertion[:, 0].tolist(), maps.maps, strict=True
        )
    ]
    noise = Trust("noise", float(chance.deletion_area[0]), float(chance.insertion_area[0]))
    label, another = about.labels[about.top], _other(about)
    command = f"see compare {about.quoted} --methods {','.join(METHODS).replace('_', '-')} --steps {steps}"
    places = f"{_where(maps)} {when_covered(label, _sure(about), least, most)}".strip()
    found = [which_to_trust(trusts, noise), places]
    if another is not None:
        found.append(of_the_class(trusts, label, about.labels[another]))
    found.append(_left_out(maps))
    section = Section(
        "Why",
        task=f"Which parts of the photo does the answer {class_words(label, _sure(about))} rest on?",
        text=(
            "Four ways to ask that. The gradient: how much would the score change if this pixel changed? Guided backprop: "
            "the same, by what excites alone. Grad-CAM: where do the last maps hold evidence for this class? Occlusion: how "
            "much does the score fall when a block covers this place (red), and where does it rise (blue)?\n\n"
            "A map always looks like an answer. To test one, the pixels that it calls hottest are taken out of the photo "
            "first: the sooner the probability falls, the smaller the area under that curve (del). Then they are put back "
            "first into a blurred photo: the sooner it rises, the larger the area (ins). A map of mere noise shows what "
            "comes without any insight."
        ),
        pictures=(
            picture(
                maps.figure(),
                f"the photo beside {len(trusts)} maps of what mattered for {label}, with their areas",
                f"{len(trusts)} maps of {label}, and the areas under their curves.",
                desk.command(command),
            ),
            picture(
                covered.figure(),
                f"the photo, how much covering each part of it costs {label}, and the probability by the block's place",
                f"A black block of {block} pixels a side, moved over the photo in steps of {stride}. Red: covering this costs "
                "probability; blue: it helps. At the right, how sure the network is with the block there.",
                desk.command(f"see occlusion {about.quoted} --block {block} --stride {stride} --on probability"),
            ),
        ),
        tables=(_table(trusts, noise, another, about),),
        answer="\n\n".join(filter(None, found)),
        numbers={
            "class": about.top,
            "label": label,
            "probability": _sure(about),
            "maps": [asdict(one) for one in trusts],
            "noise": {"deletion": noise.deletion, "insertion": noise.insertion},
            "another class": None if another is None else about.labels[another],
            "left out": list(maps.left_out),
            "steps": steps,
            "covered at the worst place": least,
            "covered at the best place": most,
        },
    )
    return (section,)


def which_to_trust(trusts: Sequence[Trust], noise: Trust) -> str:
    """Say which map found best what the answer hangs on, which are as good, and which are no better than noise."""
    blind = [one for one in trusts if _blind(one)]
    ranked = sorted([one for one in trusts if not _blind(one)] or trusts, key=lambda one: one.gain, reverse=True)
    best = ranked[0]
    areas = f"a deletion area of {best.deletion:.2f} and an insertion area of {best.insertion:.2f}"
    if best.gain <= noise.gain + BETTER:
        return (
            f"None of these maps found what the answer hangs on: the best, {METHODS[best.name]}, has {areas}, and noise "
            f"has {noise.deletion:.2f} and {noise.insertion:.2f}. Trust none of them here."
        )
    said = [
        f"Most to be trusted here is {METHODS[best.name]}: it has {areas} (noise: {noise.deletion:.2f} and "
        f"{noise.insertion:.2f})."
    ]
    better = [one for one in blind if one.gain > best.gain + BETTER]
    if better:
        said.append(
            f"The areas of {_named(better)} are better still, but it is much the same map for any class (see below)."
        )
    alike = [one for one in ranked[1:] if one.gain > best.gain - BETTER]
    if alike:
        said.append(f"As good, within {BETTER}, {_is_are(alike)} {_named(alike)}.")
    least, most = min(trusts, key=lambda one: one.deletion), max(trusts, key=lambda one: one.insertion)
    if (
        least.name != most.name
        and least.deletion < most.deletion - BETTER
        and most.insertion > least.insertion + BETTER
    ):
        said.append(
            f"The two tests do not agree: taking away favours {METHODS[least.name]}, putting back "
            f"{METHODS[most.name]}. Speckled maps do well in the first, as scattered holes break an answer sooner."
        )
    lost = [one for one in trusts if one is not best and one.gain <= noise.gain + BETTER]
    if lost:
        said.append(f"No better than noise {_is_are(lost)} {_named(lost)}: take nothing from there.")
    return " ".join(said)


def of_the_class(trusts: Sequence[Trust], label: str, another: str) -> str:
    """Say which maps hardly change when another class is asked for."""
    asked = [one for one in trusts if one.for_another is not None]
    if not asked:
        return ""
    alike = [one for one in asked if _blind(one)]
    shares = listed([f"{one.for_another:.2f} for {METHODS[one.name]}" for one in asked])
    said = f"Asked for {another} instead, the least likely class of all, they come out like this (rank correlation): {shares}."
    if alike:
        return f"{said} So {_named(alike)} {_shows(alike)} what is striking in the photo rather than what speaks for {label}."
    return f"{said} So each of them says something of {label}, and not of the photo alone."


def when_covered(label: str, sure: float, least: float, most: float) -> str:
    """Say what covering a part of the photo does to the answer at the worst and at the best place."""
    said = (
        f"With a block on it at the worst place, the network gives {label} {percent(least)} in place of {percent(sure)}"
    )
    if least > 0.8 * sure:
        said += ": no part of that size decides it alone."
    elif least < 0.2 * sure:
        said += ": one part of that size is what the answer hangs on."
    else:
        said += ": that part counts, but the rest carries the answer too."
    if most > sure + 0.05:
        said += f" Elsewhere the block helps: up to {percent(most)}, as what it covers there speaks for other classes."
    return said


def _sure(about: Subject) -> float:
    return float(about.probabilities[about.top])


def _named(trusts: Sequence[Trust]) -> str:
    return listed([METHODS[one.name] for one in trusts])


def _blind(one: Trust) -> bool:
    return one.for_another is not None and one.for_another > SAME


def _is_are(trusts: Sequence[Trust]) -> str:
    return "is" if len(trusts) == 1 else "are"


def _shows(trusts: Sequence[Trust]) -> str:
    return "shows" if len(trusts) == 1 else "show"


def _table(trusts: Sequence[Trust], noise: Trust, another: int | None, about: Subject) -> Table:
    head = ("map", "deletion, less is better", "insertion, more is better", "insertion - deletion")
    rows = [(METHODS[one.name], one.deletion, one.insertion, one.gain) for one in trusts]
    rows.append(("noise", noise.deletion, noise.insertion, noise.gain))
    if another is None:
        return Table(head, tuple((name, *(f"{value:.2f}" for value in rest)) for name, *rest in rows))
    alike = ["–" if one.for_another is None else f"{one.for_another:.2f}" for one in [*trusts, noise]]
    return Table(
        (*head, f"like that of {about.labels[another]}"),
        tuple(
            (name, *(f"{value:.2f}" for value in rest), like) for (name, *rest), like in zip(rows, alike, strict=True)
        ),
    )


def _where(maps: Comparison) -> str:
    """Say where the coarse maps are hottest, and whether they agree."""
    coarse = {name: _place(one.values[0]) for name, one in zip(maps.names, maps.maps, strict=True) if one.raw is None}
    if not coarse:
        return ""
    if len(coarse) > 1 and len(set(coarse.values())) == 1:
        said = f"{listed([METHODS[name] for name in coarse])} are both hottest in the {next(iter(coarse.values()))}"
    else:
        said = listed([f"{METHODS[name]} is hottest in the {place}" for name, place in coarse.items()])
    return f"{said[0].upper()}{said[1:]} of the picture."


def _place(values: Tensor) -> str:
    height, width = values.shape
    peak = int(values.nan_to_num(-torch.inf).argmax())
    row, column = 3 * (peak // width) // height, 3 * (peak % width) // width
    down, across = ("upper", "middle", "lower")[row], ("left", "centre", "right")[column]
    return "very middle" if (row, column) == (1, 1) else f"{down} {across}"


def _left_out(maps: Comparison) -> str:
    said = [f"{METHODS[name]} ({why})" for name, _, why in (line.partition(": ") for line in maps.left_out)]
    return f"Not to be had of this network: {listed(said)}." if said else ""


def _other(about: Subject) -> int | None:
    return about.order[-1] if len(about.order) > 1 else None


def _for_another(desk: Desk, about: Subject, heatmap: Heatmap) -> float | None:
    """Return how like a map is to that of the class held least likely; of the maps that take one pass."""
    name, another = heatmap.method.rpartition(".")[2], _other(about)
    quick = {"gradient": see.gradient, "guided_backprop": see.guided_backprop, "grad_cam": see.grad_cam}
    if another is None or name not in quick:
        return None
    try:
        with warnings.catch_warnings():
            # That a map of some other class is flat is a finding, and no mistake.
            warnings.filterwarnings("ignore", message=".*says nothing")
            other = quick[name](desk.network, about.pixels, another)
    except UserError:
        return None
    like = float(spearman(heatmap.values, other.values)[0])
    return None if like != like else like


def _noise(heatmap: Heatmap, seed: int) -> Heatmap:
    """Return a map of the same photo and class that is mere noise."""
    drawn = torch.rand(heatmap.values.shape, generator=image_streams(seed, 1)[0])
    return replace(heatmap, values=drawn, raw=None, grid=None, signed=False, gap=None)
