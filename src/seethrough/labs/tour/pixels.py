"""Pixels: which of them matter, to a class and to a neuron."""

from torch import Tensor

from seethrough import see, study
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import (
    Exhibit,
    exhibit,
    gallery,
    layer_at,
    photos_at_hand,
)
from seethrough.labs.tour.sentences import said_occlusion
from seethrough.labs.tour.technique import PIXELS
from seethrough.percent import percent


def occlusion(desk: Desk) -> Job[Sections]:
    """The probability by the place of a block."""
    network, (block, stride) = desk.network, (56, 28) if desk.quick else (40, 12)
    side = min(network.size)
    block, stride = max(block * side // 224, 1), max(stride * side // 224, 1)
    pixels = framed(network, ["rocket"])
    found = yield from see.occlusion.job(network, pixels, block=block, stride=stride, on="probability")
    assert found.grid is not None
    target = found.targets[0]
    before, least, most = float(target.probability or 0.0), float(found.grid.min()), float(found.grid.max())
    return (
        exhibit(
            "occlusion",
            found.figure(),
            "A rocket, where covering it costs probability, and the probability by the block's place",
            f"A black block of {block} x {block} pixels at {found.grid[0].numel()} places, {stride} pixels apart; the "
            f"probability of {target.label}.",
            desk.command(f"see occlusion rocket --block {block} --stride {stride} --on probability"),
            text="Covering a part asks the network again and again; it needs no gradient.",
            answer=said_occlusion(target.label, before, least, most),
            numbers={"class": target.label, "before": before, "least": least, "most": most},
        ),
    )


def saliency(desk: Desk) -> Job[Sections]:
    """The gradient's size."""
    found = see.gradient(desk.network, framed(desk.network, ["cat"]))
    yield Step(1, 1)
    share = hottest(found.values[0])
    return (
        exhibit(
            "saliency",
            found.figure(),
            "A cat, the size of the gradient at each pixel, and the gradient as a picture about grey",
            f"The class: {found.targets[0]}. The hottest twentieth of the pixels holds {percent(share)} of the map.",
            desk.command("see gradient cat"),
            text="Near the photo S_c(I) is about w . I + b, with w = dS_c/dI; shown is the largest |w| over the "
            "colours. S_c is "
            "the score before the softmax.",
            numbers={"class": found.targets[0].label, "hottest twentieth": share},
        ),
    )


def hottest(values: Tensor) -> float:
    """Return the share of a map that its hottest twentieth of the pixels holds."""
    sizes = values.abs().flatten().sort(descending=True).values
    return float(sizes[: len(sizes) // 20].sum() / sizes.sum().clamp(min=1e-12))


def grabcut(desk: Desk) -> Job[Sections]:
    """The object cut out, from seeds on the saliency map."""
    method = "gradient" if desk.network.channels == 1 else "grad_cam"
    found = yield from see.mask.job(desk.network, framed(desk.network, ["coffee"]), method=method)
    share = found.share(0)
    whole = "nearly all of it: it failed" if share > 0.9 else "next to nothing: it failed" if share < 0.02 else "a part"
    return (
        exhibit(
            "grabcut",
            found.figure(),
            "A cup of coffee, its map with the seeds outlined, the mask, and the cup on white",
            f"The hottest 5 % of the map of {found.targets[0]} are surely object, the coldest 30 % surely not; "
            "colours and edges "
            f"decide about the rest. The mask is {percent(share)} of the photo.",
            desk.command("see mask coffee"),
            text="GrabCut parts a picture in two by colours and edges, from a few pixels that are known. The slide takes the "
            "gradient's map; the seeds here are of Grad-CAM, which is smoother.",
            answer=f"It takes {whole}.",
            numbers={"share": share},
        ),
    )


def three_ways(desk: Desk) -> Job[Sections]:
    """One neuron back to the pixels, by three rules."""
    layer = layer_at(desk.network, 0.5)
    high, wide = desk.network.layers[layer].shape[1:]
    unit = f"{layer}:37@{high // 2},{wide // 2}"
    found = see.backprop_compare(desk.network, framed(desk.network, ["cat"]), unit=unit)
    yield Step(1, 1)
    held = {name: hottest(one.values[0]) for name, one in zip(found.names, found.maps, strict=True)}
    first, last = found.names[0], found.names[-1]
    sharper = "sharper" if held[last] > held[first] else "no sharper"
    return (
        exhibit(
            "three-ways",
            found.figure(),
            "A cat, and the gradient, the deconvnet's and guided backprop's map of one neuron",
            f"The neuron {unit} (layer:unit@row,column). Through a ReLU the gradient passes where its input was above 0; the "
            "deconvnet passes what is above 0 in the signal coming back; guided backprop where both hold.",
            desk.command(f"see backprop-compare cat --unit {unit}"),
            text="Pick one neuron, one value in a feature map, and compute its gradient for the pixels.",
            answer=f"The hottest twentieth of the pixels holds {percent(held[first])} of the map by {first} and "
            f"{percent(held[last])} by {last}: guided backprop is {sharper} here.".replace("_", " "),
            numbers={"unit": unit, "hottest twentieth": held},
        ),
    )


def guided_patches(desk: Desk) -> Job[Sections]:
    """Patches with guided backprop below them, of units of a middle layer."""
    photos = photos_at_hand(desk, 12 if desk.quick else 300)
    layer, top = layer_at(desk.network, 0.35), min(6, len(photos.data))
    found = yield from study.patches.job(desk.network, photos.data, units=f"{layer}:0-3", top=top, guided=True)
    return (
        exhibit(
            "guided-patches",
            found.figure(),
            "Rows of patches, each with guided backprop below it",
            f"Four units of {layer} over {photos.says}; below each patch, guided backprop of the unit at its peak.",
            photos.code(
                desk, f'study.patches(network, data, units="{layer}:0-3", top={top}, guided=True).save("guided.png")'
            ),
            text="Patches say when a unit is excited; guided backprop says by which pixels of them.",
            numbers={"layer": layer, "strongest": found.layers[0].values[:, 0].tolist()},
        ),
    )


def by_depth(desk: Desk) -> Job[Sections]:
    """The same at three depths."""
    photos = photos_at_hand(desk, 12 if desk.quick else 300)
    three, top = [layer_at(desk.network, depth) for depth in (0.1, 0.45, 1.0)], min(6, len(photos.data))
    units = ",".join(f"{layer}:5" for layer in three)
    found = yield from study.patches.job(desk.network, photos.data, units=units, top=top, guided=True)
    fields = [one.boxes[0, 0].tolist() for one in found.layers]
    sizes = [box[2] - box[0] for box in fields]
    wider = "wider and wider" if sizes == sorted(sizes) and sizes[0] < sizes[-1] else "not wider"
    return (
        exhibit(
            "by-depth",
            found.figure(),
            "Patches and guided backprop of a unit of an early, a middle and a late layer",
            f"Unit 5 of {', '.join(three)} over {photos.says}.",
            photos.code(
                desk, f'study.patches(network, data, units="{units}", top={top}, guided=True).save("depths.png")'
            ),
            text="After Zeiler and Fergus: edges first, then parts, then whole things.",
            answer=f"What a unit sees gets {wider}: {', '.join(f'{size} pixels' for size in sizes)} high.",
            numbers={"layers": three, "fields": sizes},
        ),
    )


PART = Part(
    PIXELS,
    "C. Which pixels matter",
    gallery(
        "C. Which pixels matter",
        "To a class, and to a neuron inside the network.",
        Exhibit(("occlusion",), occlusion),
        Exhibit(("saliency",), saliency),
        Exhibit(("grabcut",), grabcut),
        Exhibit(("three-ways",), three_ways),
        Exhibit(("guided-patches",), guided_patches),
        Exhibit(("by-depth",), by_depth),
    ),
)
