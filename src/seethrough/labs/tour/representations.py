"""Representations: what layers hold, what moves them, and what else they are good for."""

from typing import Any

import torch

from seethrough import datasets, see, study
from seethrough.datasets import Dataset
from seethrough.images.samples import SAMPLES, sample_path
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import (
    Exhibit,
    collection,
    digits_code,
    exhibit,
    gallery,
    layer_at,
    seeded,
)
from seethrough.labs.tour.sentences import said_equivariance, said_finetuning, said_invariance
from seethrough.labs.tour.technique import REPRESENTATIONS
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_bars, show_image
from seethrough.report import Table

FACTORS = "brightness,scale,colour,background"
SECOND = "cifar10-best"
BEGUN_FROM = "cifar10-cnn-bn"
SAMPLE_IMPORTS = "import torch\n\nfrom seethrough.images.samples import sample_path\n"
KEPT = (("the first", "norm1"), ("the first two", "norm2"), ("all three", "norm3"))
"""How many of its convolutions stay as they are, and the last layer that does."""


def layers(desk: Desk) -> Job[Sections]:
    """Feature maps of an early, a middle and a late layer."""
    strip = see.layers_strip(desk.network, framed(desk.network, ["cat"]))
    yield Step(1, 1)
    sizes = [f"{one.layer}: {one.size()}" for one in strip.layers]
    first, last = strip.layers[0], strip.layers[-1]
    fewer = first.maps[0, 0].numel() / last.maps[0, 0].numel()
    return (
        exhibit(
            "layers",
            strip.figure(),
            "The face of a cat, and five maps each of an early, a middle and a late layer",
            f"{'; '.join(sizes)}. Each map is stretched to its own range; the five are those with most to look at.",
            desk.command("see layers-strip cat"),
            text="A network is a sequence of encoders: each layer turns what it gets into numbers of its own, phi(x).",
            answer=f"From the early to the late layer a map has {fewer:.0f} times fewer places, and there are "
            f"{last.total / first.total:.1f} times as many maps: where a thing is gets coarser, what it is gets finer.",
            numbers={"layers": {one.layer: [one.total, *one.maps.shape[2:]] for one in strip.layers}},
        ),
    )


def invariance(desk: Desk) -> Job[Sections]:
    """The variance of features by known changes: in pictures for one network, as a table for two."""
    second, levels = load(SECOND), 2 if desk.quick else 3
    three = [one.layer for one in see.layers_strip(desk.network, framed(desk.network, ["cat"])).layers]
    told: dict[str, Any] = {"factors": FACTORS, "levels": levels, "seed": desk.seed}
    one, _ = yield from part_of(study.invariance.job(desk.network, layers=three, **told), 0, 2)
    both, _ = yield from part_of(study.invariance.job([desk.network, second], **told), 1, 2)
    first, last = (dict(zip(one.components, at.shares.tolist(), strict=True)) for at in (one.layers[0], one.layers[-1]))
    said = f"{levels} values each of {FACTORS.replace(',', ', ')}, in all combinations, on three drawn shapes"
    table = Table(
        ("network", "layer", *both.components),
        tuple((at.network, at.layer, *(percent(share) for share in at.shares.tolist())) for at in both.layers),
        "Share of the variance of the features (after Aubry and Russell 2015); residual: what only combinations explain.",
    )
    shares = {
        f"{at.network} {at.layer}": dict(zip(both.components, at.shares.tolist(), strict=True)) for at in both.layers
    }
    settings = f'factors="{FACTORS}", levels={levels}{seeded(desk)}'
    return (
        exhibit(
            "invariance",
            one.figure(),
            "Paths of the features of three layers as light, size, colour and background change, and bars of their shares",
            f"F(x) = mean + sum of F_k(level of factor k) + residual: {said}. Paths: the mean features at each level.",
            desk.python(
                f'study.invariance(network, {settings}, layers="{",".join(three)}").save("shares.png")', uses="study"
            ),
            text="A representation is invariant to a change that does not move it, and covariant with one that moves it "
            "in an orderly way.",
            answer=said_invariance(first, last, "shape"),
            numbers={
                "shares": {at.layer: dict(zip(one.components, at.shares.tolist(), strict=True)) for at in one.layers}
            },
        ),
        exhibit(
            "shares",
            both.curve(),
            "Curves of each factor's share of the variance by depth, a panel for each of two networks",
            f"The shares by depth in {desk.network.name} and in {SECOND}, a small network of CIFAR-10: {said}.",
            desk.python(
                f'found = study.invariance([network, load("{SECOND}")], {settings})',
                'found.curve().savefig("by-depth.png")',
                uses="study",
            ),
            text="The shares of one layer sum to 1. They compare changes as large as these: compare layers and networks under "
            "the same changes, not changes with one another.",
            tables=(table,),
            numbers={"shares": shares},
        ),
    )


def equivariance(desk: Desk) -> Job[Sections]:
    """Linear maps between the features of pictures and of their mirror images."""
    digits, count = datasets.load("digits", "test"), 16 if desk.quick else 120
    found = yield from study.equivariance.job(desk.network, digits, changes="mirror,flip", count=count, seed=desk.seed)
    errors = found.errors.tolist()
    rows = tuple((row["change"], row["layer"], row["no_map"], row["moved"], row["linear_map"]) for row in found.table())
    return (
        exhibit(
            "equivariance",
            found.figure(),
            "Curves of the error by depth with no map, with positions moved, and with a linear map, for mirror and flip",
            f"phi(g x) ~ M g phi(x): g moves positions, M maps channels. {found.seen} embedded digits, a fifth of them for "
            "testing; the error is a share of the features' variance.",
            desk.command(f"study equivariance digits --split test --changes mirror,flip --count {count}"),
            text="A representation is equivariant where what a change does to the picture can be done to the features instead.",
            answer=said_equivariance(
                found.changes[0], found.layers, [one[0] for one in errors[0]], [one[2] for one in errors[0]]
            ),
            tables=(Table(("change", "layer", "no map", "moved", "linear map"), rows, "Errors."),),
            numbers={"errors": dict(zip(found.changes, errors, strict=True)), "layers": list(found.layers)},
        ),
    )


def probe(desk: Desk) -> Job[Sections]:
    """A linear classifier on the features before the last layer: of pets, or of the embedded digits."""
    test = collection(desk, 40 if desk.quick else 400)
    name, network = test.data.name, desk.network
    split = f'"train", root={str(desk.data)!r}' if name == "oxford-pets" and desk.data else '"train"'
    learn = datasets.load(name, "train", root=desk.root if name == "oxford-pets" else None)
    step = max(len(learn) // (60 if desk.quick else 1000), 1)
    learn = learn.part(range(0, len(learn), step))
    # To try all strengths of the penalty takes longer than all else here.
    strength = 0.001 if desk.quick else None
    found = yield from study.probe.job(network, learn, test.data, strength=strength, seed=desk.seed)
    given = f", strength={strength}" if strength else ""
    lines = (
        f'train = datasets.load("{name}", {split})',
        f"train = train.part(range(0, len(train), {step}))",
        f'study.probe(network, train, data{given}{seeded(desk)}).save("probe.png")',
    )
    chance = 1 / len(found.classes)
    code = test.code(*lines)
    if name != "oxford-pets":
        data = f'data = datasets.load("digits", "test").part(range({len(test.data)}))'
        code = desk.python(data, *lines, uses="datasets, study")
    return (
        exhibit(
            "probe",
            found.figure(),
            "A confusion matrix of the classes, and pictures of the worst confusions",
            f"Softmax regression on {found.layer} of {network.name}, {found.weights.shape[1]:,} numbers a picture, trained on "
            f"{found.trained} pictures of {name}, tested on {len(found)}: mean per-class accuracy "
            f"{percent(found.mean_accuracy)} of {len(found.classes)} classes; chance is {percent(chance)}.",
            code,
            text="Deep representations are generic: what was learned for one task serves another, with a linear classifier "
            "w . phi(x) + b on top.",
            answer=f"The network never saw these classes as such, and yet a linear classifier on its features is "
            f"{found.mean_accuracy / chance:.1f} times as good as chance.",
            numbers={"mean accuracy": found.mean_accuracy, "classes": len(found.classes), "trained": found.trained},
        ),
    )


def finetune(desk: Desk) -> Job[Sections]:
    """A network of CIFAR-10 taught the digits, with more and more of its first layers kept."""
    network = load(BEGUN_FROM)
    count, unseen, epochs = (160, 80, 2) if desk.quick else (600, 300, 4)
    digits, test = datasets.load("digits").part(range(count)), datasets.load("digits", "test").part(range(unseen))
    how: dict[str, Any] = {"epochs": epochs, "batch": 16, "rate": 0.004, "validation": 0}
    accuracies: list[float] = []
    for place, (_, layer) in enumerate(KEPT):
        work = study.finetune.job(network, digits, test, layer=layer, **how, seed=desk.seed)
        tuned, _ = yield from part_of(work, place, len(KEPT))
        accuracies.append(tuned.accuracy)
    names = [name for name, _ in KEPT]
    figure, panels = sheet(1, 1, cell=(3.4, 6.0), title=f"Digits by {BEGUN_FROM}, its first layers kept")
    show_bars(panels[0, 0], names, accuracies, texts=[percent(one) for one in accuracies], limits=(0, 1))
    said = ", ".join(f"{name}={value}" for name, value in how.items())
    lines = (
        f'test = datasets.load("digits", "test").part(range({unseen}))',
        'for layer in ("norm1", "norm2", "norm3"):',
        f"    tuned = study.finetune(network, data, test, layer=layer, {said}{seeded(desk)})",
        "    print(layer, tuned.accuracy)",
    )
    return (
        exhibit(
            "finetune",
            figure,
            "Bars of the test accuracy by which layers were kept",
            f"{BEGUN_FROM} knows photos of ten kinds of things. {epochs} passes through {count} embedded digits; accuracy on "
            f"{unseen} others.",
            digits_code(f'datasets.load("digits").part(range({count}))', BEGUN_FROM)(*lines),
            text="Keep layers 1 to k as they are, train the rest and a new softmax on the new pictures.",
            answer=said_finetuning(names, accuracies, 0.1),
            numbers={"accuracies": dict(zip(names, accuracies, strict=True))},
        ),
    )


def regions(desk: Desk) -> Job[Sections]:
    """The regions of four photos nearest to one of them, by a layer's features."""
    names, cells, shown = tuple(SAMPLES), 4, 6
    layer = layer_at(desk.network, 0.7)
    photos = Dataset("photos", names, torch.arange(len(names)), files=tuple(map(sample_path, names)))
    found = yield from study.features.job(desk.network, photos, layer=layer, regions=f"{cells}x{cells}", normalise=True)
    rows = found.values.flatten(0, 1)
    pixels = framed(desk.network, names)
    tall, wide = (side // cells for side in pixels.shape[-2:])
    crops = pixels.unfold(2, tall, tall).unfold(3, wide, wide).permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, tall, wide)
    queries = [place * cells**2 + cells + 1 for place in range(len(names))]
    figure, panels = sheet(len(queries), shown, cell=(1.75, 1.5), title=f"Regions alike by {layer}")
    same = 0
    for line, query in zip(panels, queries, strict=True):
        alike = rows @ rows[query]
        for panel, place in zip(line, alike.argsort(descending=True)[:shown].tolist(), strict=True):
            own = place // cells**2
            same += int(own == query // cells**2)
            show_image(panel, crops[place], f"{names[own]} {alike[place]:.2f}")
    others = len(queries) * (shown - 1)
    share = (same - len(queries)) / others
    lines = (
        f"names = {names!r}",
        'photos = datasets.Dataset("photos", names, torch.arange(4), files=tuple(map(sample_path, names)))',
        f'found = study.features(network, photos, layer="{layer}", regions="{cells}x{cells}", normalise=True)',
        "rows = found.values.flatten(0, 1)",
        f"print((rows @ rows[{queries[0]}]).topk({shown}))  # the regions most like one of the cat",
    )
    return (
        exhibit(
            "regions",
            figure,
            "For a region of each of four photos, the five regions most like it",
            f"Each photo cut into {cells} x {cells} regions; a region's descriptor is the mean of {layer} over it, "
            f"{rows.shape[1]} numbers. First the region asked for, then the five nearest by cosine.",
            SAMPLE_IMPORTS + desk.python(*lines, uses="datasets, study"),
            text="One pass through the network serves all regions: its maps are pooled over each.",
            answer=f"{percent(share)} of the nearest regions are of the same photo; by chance it would be "
            f"{percent((cells**2 - 1) / (len(names) * cells**2 - 1))}.",
            numbers={"same photo": share, "layer": layer},
        ),
    )


PART = Part(
    REPRESENTATIONS,
    "A. Representations",
    gallery(
        "A. Representations",
        "What layers hold, what moves them, and what else they are good for.",
        Exhibit(("layers",), layers),
        Exhibit(("invariance", "shares"), invariance),
        Exhibit(("equivariance",), equivariance),
        Exhibit(("probe",), probe),
        Exhibit(("finetune",), finetune),
        Exhibit(("regions",), regions),
    ),
)
