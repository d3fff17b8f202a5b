"""Part 2: filters, activations, and which part of a digit its reading comes from."""

import torch
from torch import Tensor

from seethrough import see
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.digits import sentences
from seethrough.labs.digits.material import (
    Material,
    code,
    examples,
    material,
    picked,
    ten,
)
from seethrough.labs.digits.measures import between_classes, correlations, shares
from seethrough.labs.digits.occluding import occlusion
from seethrough.labs.document import Sections
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture

KINDS = ("even", "edge", "spot")


def look(desk: Desk) -> Job[Sections]:
    """Make part 2."""
    here = material(desk)
    heading = Section(
        f"2. Looking into the network{here.in_title}",
        f"{here.said}\n\nThe network looked into is {desk.network.name}.",
    )
    filters = _filters(desk)
    yield Step(1, 10)
    activations = _activations(desk, here)
    yield Step(2, 10)
    occluded = yield from occlusion(desk, here)
    return (heading, *filters, activations, occluded)


def convolutions(network: Network) -> list[str]:
    """Return the names of the convolutions, from the first to the last."""
    return [name for name, layer in network.layers.items() if layer.family == "convolutional"]


def after_relu(network: Network) -> list[str]:
    """Return, for each convolution, the ReLU that comes next; the convolution itself where there is none."""
    names, found = list(network.layers), []
    for name in convolutions(network):
        later = names[names.index(name) + 1 :]
        until = next((place for place, one in enumerate(later) if one in convolutions(network)), len(later))
        relus = (one for one in later[:until] if network.layers[one].kind == "ReLU")
        found.append(next(relus, name))
    return found


def _filters(desk: Desk) -> tuple[Section, Section]:
    first, last = convolutions(desk.network)[0], convolutions(desk.network)[-1]
    drawn_first, drawn_last = see.filters(desk.network, first), see.filters(desk.network, last)
    power = {name: _power(found.weights) for name, found in (("first", drawn_first), ("last", drawn_last))}
    most = power["first"].argmax(1)
    kinds = {kind: int((most == place).sum()) for place, kind in enumerate(KINDS)}
    mean = {name: dict(zip(KINDS, rows.mean(0).tolist(), strict=True)) for name, rows in power.items()}
    layer = desk.network.layers[last]
    field = layer.field.size[0] if layer.field else 0
    reads = drawn_last.weights.shape[1]
    one = Section(
        f"2.1 The filters of {first}",
        task="Plot the filters of the first convolution. Are there interesting patterns?",
        pictures=(
            picture(
                drawn_first.figure(),
                f"{len(drawn_first)} grey squares of 3 x 3 pixels",
                "Each filter on its own scale: its smallest weight is black, its largest white.",
                desk.command(f"see filters --layer {first}"),
            ),
        ),
        answer=sentences.first_filters(kinds, mean["first"]),
        numbers={"filters": len(drawn_first), "mostly": kinds, "share of the power": mean["first"]},
        level=3,
    )
    two = Section(
        f"2.2 The filters of {last}",
        task="Plot the filters of a higher layer and compare them with those of the first.",
        pictures=(
            picture(
                drawn_last.figure(),
                f"{len(drawn_last)} columns of grey squares of 3 x 3 pixels",
                f"A column is a filter, a row one of the {reads} maps that it reads (16 of them are drawn). A filter "
                "has one scale "
                "for all its slices.",
                desk.command(f"see filters --layer {last}"),
            ),
        ),
        answer=sentences.later_filters(mean["first"], mean["last"], reads, field),
        numbers={"filters": len(drawn_last), "reads": reads, "field": field, "share of the power": mean["last"]},
        level=3,
    )
    return one, two


def _power(weights: Tensor) -> Tensor:
    """Return the shares of brightness, edges and the rest in every slice of filters, heavy slices counting more."""
    slices = weights.flatten(0, 1)
    if tuple(slices.shape[1:]) != (3, 3):
        # Larger filters are brought to 3 x 3 first.
        slices = torch.nn.functional.interpolate(slices[:, None], (3, 3), mode="area")[:, 0]
    found = shares(slices).view(*weights.shape[:2], 3)
    heavy = slices.square().sum((1, 2)).view(*weights.shape[:2], 1).double()
    mixed: Tensor = (found * heavy).sum(1) / heavy.sum(1).clamp_min(1e-12)
    return mixed


def _activations(desk: Desk, here: Material) -> Section:
    network, layers = desk.network, after_relu(desk.network)
    # A five has strokes in all directions.
    shown = examples(here.test, [ten(here.test, network, desk.seed).places[5]])
    figures = []
    for layer in layers:
        maps = see.feature_maps(network, shown.pixels, layer, count=network.layers[layer].units)
        figures.append(
            picture(
                maps.figure(),
                f"A {shown.names[0]} and {network.layers[layer].units} maps of {layer}",
                f"All maps of {layer}, each on its own scale; its least and largest value stand below.",
                code(
                    desk,
                    here,
                    picked(shown),
                    f'see.feature_maps(network, pixels, "{layer}", count=32).save("{layer}.png")',
                    uses="see",
                ),
            )
        )
    many = examples(here.test, list(range(min(200, len(here.test)))))
    read = [*layers, _last_hidden(network)]
    outputs = network.read(many.pixels, read)
    alike, active, apart = [1.0], [1.0], [between_classes(many.pixels, many.labels)]
    dead = [0]
    for layer in read:
        found = outputs[layer].detach()
        alike.append(_likeness(found, many.pixels) if found.ndim == 4 else float("nan"))
        active.append(float((found > 0).double().mean()))
        dead.append(int((found.flatten(2).amax((0, 2)) <= 0).sum()) if found.ndim == 4 else 0)
        apart.append(between_classes(found, many.labels))
    names = ["the pixels", *read]
    rows = tuple(
        (name, "–" if like != like else f"{like:.2f}", "–" if not place else percent(at_work), still, percent(between))
        for place, (name, like, at_work, still, between) in enumerate(
            zip(names, alike, active, dead, apart, strict=True)
        )
    )
    head = (
        "layer",
        "correlation with the picture",
        "units above zero",
        "maps at zero always",
        "variance between classes",
    )
    deepest = len(layers) + 1
    return Section(
        "2.3 Activations of the convolutional layers",
        f"The maps are those after the ReLU, of a test picture that shows a five. The table is of {len(many.labels)} "
        "test pictures.",
        tuple(figures),
        (
            Table(
                head,
                rows,
                "Correlation is its size, the mean over all maps and pictures, the picture being averaged to their "
                "size.",
            ),
        ),
        task="Visualise the activations of the convolutional layers. What do you observe as you go deeper?",
        answer=sentences.depth(names[:deepest], alike[:deepest], active[:deepest], apart, read[-1]),
        numbers={
            name: {"correlation": None if like != like else like, "above zero": at_work, "between classes": between}
            for name, like, at_work, between in zip(names, alike, active, apart, strict=True)
        },
        level=3,
    )


def _last_hidden(network: Network) -> str:
    """Return the layer whose output the last one reads."""
    return list(network.layers)[-2]


def _likeness(maps: Tensor, images: Tensor) -> float:
    """Return the mean size of the correlation of a map with its own picture, averaged to the map's size."""
    small = torch.nn.functional.adaptive_avg_pool2d(images, (maps.shape[-2], maps.shape[-1]))
    found = [correlations(own[:, None], image[None]).abs().mean() for own, image in zip(maps, small, strict=True)]
    return float(torch.stack(found).mean())
