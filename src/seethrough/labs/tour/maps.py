"""Class activation maps, of one class and of two, in one network and in another."""

import torch
from torch import Tensor

from seethrough import photo, see
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, classes_known, exhibit, gallery, knows, layer_at
from seethrough.labs.tour.technique import MAPS
from seethrough.networks.network import Network
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.results.heatmap import Heatmap

SECOND = "cifar10-best"
SIDE = 300


def two_in_one(network: Network) -> Tensor:
    """Return the left half of a photo of a cat beside the left half of one of a moped, as a network sees them."""
    halves = [photo("cat")[:, :SIDE, 80 : 80 + SIDE // 2], photo("moped")[:, 90 : 90 + SIDE, 70 : 70 + SIDE // 2]]
    return network.frame([torch.cat(halves, dim=2)])


HALVES = (
    f'cat, moped = photo("cat")[:, :{SIDE}, 80:{80 + SIDE // 2}], '
    f'photo("moped")[:, 90:{90 + SIDE}, 70:{70 + SIDE // 2}]',
    "both = network.frame([torch.cat([cat, moped], dim=2)])",
)


def left_share(heat: Heatmap, place: int = 0) -> float:
    """Return the share of a map, as far as it speaks for its class, that lies in the picture's left half."""
    values = heat.values[place].clamp(min=0)
    return float(values[:, : values.shape[1] // 2].sum() / values.sum().clamp(min=1e-12))


def cam(desk: Desk) -> Job[Sections]:
    """CAM of the five likeliest classes."""
    found = see.cam_sheet(desk.network, framed(desk.network, ["cat"]), top=5)
    yield Step(1, 1)
    named = {target.label: float(target.probability or 0.0) for target in found.targets}
    return (
        exhibit(
            "cam",
            found.figure(),
            "The face of a cat, and the class activation maps of its five likeliest classes",
            f"{', '.join(f'{name} {percent(share)}' for name, share in named.items())}. Red speaks for the class, "
            "blue against.",
            desk.command("see cam-sheet cat --top 5"),
            text="F_k is the mean of map k, S_c = sum_k w_kc F_k, and so M_c(h, w) = sum_k w_kc f(h, w, k): the "
            "score, place by "
            "place. It holds for the last layer of networks that end in average pooling and one linear layer.",
            numbers={"probabilities": named},
        ),
    )


def cam_class(desk: Desk) -> Job[Sections]:
    """CAM of one class on several pictures."""
    network = desk.network
    (wanted,) = classes_known(network, "tiger cat")
    cat, both = framed(network, ["cat"]), two_in_one(network)
    pixels = torch.cat([cat, cat.flip(-1), both, both.flip(-1)])
    found = see.cam(network, pixels, wanted)
    yield Step(1, 1)
    shares = [left_share(found, place) for place in range(4)]
    figure, panels = sheet(1, 4, cell=(3.0, 2.3), title=f"CAM of {wanted} ({network.name})")
    for place, (panel, name) in enumerate(
        zip(panels[0], ("cat", "mirrored", "cat and moped", "mirrored"), strict=True)
    ):
        found.draw(panel, place, f"{name}\n{percent(float(found.targets[place].probability or 0.0))}", colorbar=False)
    moves = (shares[2] > 0.5) and (shares[3] < 0.5)
    return (
        exhibit(
            "cam-class",
            figure,
            "The class activation map of one class over a cat, its mirror image, and a picture half cat and half moped",
            f"{wanted}; below each name its probability. In the pictures of two halves {percent(shares[2])} of the "
            "map is in the "
            f"left half, where the cat is, and {percent(shares[3])} in the left half of the mirror image.",
            "import torch\n\n"
            + desk.python(
                *HALVES,
                f'see.cam(network, torch.cat([both, both.flip(-1)]), "{wanted}").save("cam.png")',
                uses="photo, see",
            ),
            text="The weights are the same for every photo: only the maps differ.",
            answer="The map follows the cat from left to right." if moves else "The map does not follow the cat.",
            numbers={"class": wanted, "left halves": shares},
        ),
    )


def grad_cam(desk: Desk) -> Job[Sections]:
    """Grad-CAM at three layers."""
    network, three = desk.network, [layer_at(desk.network, depth) for depth in (0.3, 0.7, 1.0)]
    pixels = framed(network, ["coffee"])
    maps = []
    for place, layer in enumerate(three):
        maps.append(see.grad_cam(network, pixels, layer=layer))
        yield Step(place + 1, len(three))
    figure, panels = sheet(1, 4, cell=(3.0, 2.3), title=f"Grad-CAM of {maps[0].targets[0].label} ({network.name})")
    show_image(panels[0, 0], pixels[0], str(maps[0].targets[0]))
    for panel, layer, heat in zip(panels[0, 1:], three, maps, strict=True):
        assert heat.grid is not None
        heat.draw(panel, 0, f"{layer}\n{heat.grid.shape[-2]} x {heat.grid.shape[-1]} places", colorbar=False)
    cells = {
        layer: list(heat.grid.shape[-2:]) for layer, heat in zip(three, maps, strict=True) if heat.grid is not None
    }
    return (
        exhibit(
            "grad-cam",
            figure,
            "A cup of coffee, and Grad-CAM of its class at an early, a middle and the last layer",
            f"Layers {', '.join(three)}: the earlier the finer, and the less it knows of the class.",
            desk.python(
                f"for layer in {three!r}:",
                '    see.grad_cam(network, network.frame(photo("coffee")), layer=layer).save(f"{layer}.png")',
                uses="photo, see",
            ),
            text="alpha_k is the mean gradient of the score for map k; the map is ReLU(sum_k alpha_k A_k). It goes "
            "for any layer "
            "with maps, and for the last one it is CAM but for a factor.",
            numbers={"places": cells},
        ),
    )


def guided_grad_cam(desk: Desk) -> Job[Sections]:
    """Two classes that one picture shows, by four methods."""
    network = desk.network
    classes = [name for name in ("tiger cat", "moped") if knows(network, name)] or list(network.labels.names[:2])
    both = two_in_one(network)
    block = max(48 * min(network.size) // 224, 1)
    stride = block if desk.quick else block // 2
    figure, panels = sheet(2, 5, cell=(2.45, 2.1), title=f"Two classes in one picture ({network.name})")
    shares: dict[str, float] = {}
    for row, (line, wanted) in enumerate(zip(panels, classes, strict=True)):
        work = see.occlusion.job(network, both, wanted, block=block, stride=stride)
        covered, _ = yield from part_of(work, row, 2)
        heat = see.grad_cam(network, both, wanted)
        shares[wanted] = left_share(heat)
        guided, fine = see.guided_backprop(network, both, wanted), see.guided_grad_cam(network, both, wanted)
        show_image(line[0], both[0], f"{wanted} {percent(float(heat.targets[0].probability or 0.0))}")
        named = (("guided backprop", guided), ("Grad-CAM", heat), ("guided Grad-CAM", fine), ("occlusion", covered))
        for panel, (name, one) in zip(line[1:], named, strict=True):
            one.draw(panel, 0, name, colorbar=False)
    return (
        exhibit(
            "guided-grad-cam",
            figure,
            "A picture half cat and half moped, and maps of both classes by guided backprop, Grad-CAM, both "
            "together, occlusion",
            f"A picture of two halves, made of bundled photos. Of Grad-CAM's map {percent(shares[classes[0]])} is in "
            "the left half "
            f"for {classes[0]} and {percent(shares[classes[1]])} for {classes[1]}. Block {block}, stride {stride}.",
            "import torch\n\n"
            + desk.python(
                *HALVES,
                f"for name in {classes!r}:",
                '    methods = "guided-backprop,grad-cam,guided-grad-cam,occlusion"',
                '    see.compare(network, both, name, methods=methods).save(f"{name}.png")',
                uses="photo, see",
            ),
            text="Guided backprop shows what excites, much the same for all classes; Grad-CAM where the class is; "
            "their product has "
            "the outlines of the one where the other is warm.",
            answer=apart(classes, [shares[name] for name in classes]),
            numbers={"classes": classes, "left halves": shares},
        ),
    )


def apart(classes: list[str], left: list[float]) -> str:
    """Say whether the maps of two classes lie apart: the first should be left, the second right.

    >>> apart(["cat", "moped"], [0.9, 0.2]), apart(["cat", "moped"], [0.6, 0.6])
    ('The maps of cat and moped lie apart, each over its own half.', 'The maps of cat and moped do not lie apart.')
    """
    if left[0] > 0.5 > left[1]:
        return f"The maps of {classes[0]} and {classes[1]} lie apart, each over its own half."
    return f"The maps of {classes[0]} and {classes[1]} do not lie apart."


def second_grad_cam(desk: Desk) -> Job[Sections]:
    """The same in a network of CIFAR-10."""
    network, classes = load(SECOND), ["cat", "automobile"]
    both = two_in_one(network)
    maps = [see.grad_cam(network, both, name) for name in classes]
    yield Step(1, 1)
    left = [left_share(heat) for heat in maps]
    figure, panels = sheet(1, 3, cell=(2.8, 2.6), title=f"The same picture in {SECOND}")
    show_image(panels[0, 0], both[0], f"{network.size[0]} x {network.size[1]} pixels")
    for panel, heat in zip(panels[0, 1:], maps, strict=True):
        heat.draw(panel, 0, str(heat.targets[0]), colorbar=False)
    return (
        exhibit(
            "second-grad-cam",
            figure,
            "The picture of two halves in few pixels, and Grad-CAM of cat and of automobile",
            f"{SECOND} knows ten classes; automobile is its nearest to a moped. In the left half: {percent(left[0])} "
            "of the map "
            f"of cat, {percent(left[1])} of that of automobile.",
            'import torch\n\nfrom seethrough import load, photo, see\n\nnetwork = load("'
            + SECOND
            + '")\n'
            + "\n".join(HALVES)
            # Both classes of the one picture.
            + '\nsee.grad_cam(network, both.repeat(2, 1, 1, 1), ["cat", "automobile"]).save("second.png")',
            text="A map is of one network: another one may go by other things.",
            answer=apart(classes, left),
            numbers={"left halves": dict(zip(classes, left, strict=True))},
        ),
    )


PART = Part(
    MAPS,
    "D. Class activation maps",
    gallery(
        "D. Class activation maps",
        "Where in the photo the evidence for a class lies, by the maps of a layer.",
        Exhibit(("cam",), cam),
        Exhibit(("cam-class",), cam_class),
        Exhibit(("grad-cam",), grad_cam),
        Exhibit(("guided-grad-cam",), guided_grad_cam),
        Exhibit(("second-grad-cam",), second_grad_cam),
    ),
)
