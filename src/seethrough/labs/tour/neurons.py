"""Neurons: prototypes, what excites units, filters, neighbours and maps."""

from seethrough import dream, fool, photo, see, study
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import (
    Exhibit,
    classes_known,
    collection,
    exhibit,
    gallery,
    layer_at,
    photos_at_hand,
    seed_option,
    seeded,
)
from seethrough.labs.tour.sentences import said_neighbours
from seethrough.labs.tour.technique import NEURONS
from seethrough.networks.frame import Box
from seethrough.networks.zoo import load
from seethrough.percent import percent
from seethrough.plots import sheet, show_image
from seethrough.results.patches import Patches

SMALL, LINEAR = "cifar10-cnn", "cifar10-linear"
CUP = (25, 172, 215, 422)
"""Where a person sees the upper cup in the photo of coffee: top, left, bottom, right in its pixels."""


def prototype(desk: Desk) -> Job[Sections]:
    """A photo, why it is read as its class, and what the class looks like to the network."""
    network, steps = desk.network, 24 if desk.quick else 350
    pixels = framed(network, ["moped"])
    (wanted,) = classes_known(network, "moped")
    heat = see.grad_cam(network, pixels, wanted)
    found = yield from dream.class_.job(network, wanted, steps=steps, seed=desk.seed)
    guess = network.classify(pixels, top=1)[0][0]
    assert found.probabilities is not None
    figure, panels = sheet(1, 3, cell=(3.2, 2.8))
    show_image(panels[0, 0], pixels[0], f"read as\n{guess}")
    heat.draw(panels[0, 1], 0, f"why {wanted}\n(Grad-CAM)", colorbar=False)
    show_image(panels[0, 2], found.images[0], f"a prototype of it\n{wanted} {percent(float(found.probabilities[0]))}")
    own = float(heat.targets[0].probability or 0.0)
    sure = float(found.probabilities[0])
    more = "more" if sure > own else "less"
    return (
        exhibit(
            "prototype",
            figure,
            f"A photo of a moped, a heat map of where the evidence lies, and an image optimised for {wanted}",
            f"The explanation is of this photo, the prototype of the class: {steps} steps up its score, from noise.",
            desk.python(
                f'see.grad_cam(network, network.frame(photo("moped")), "{wanted}").save("why.png")',
                f'dream.class_(network, "{wanted}", steps={steps}{seeded(desk)}).save("prototype.png")',
                uses="dream, photo, see",
            ),
            text="Three kinds of interpretation: of a prediction (why f(x)?), of the model (what x is typical of the "
            "class?), of "
            "the data (which dimensions matter?). Here are the first two.",
            answer=f"The photo has {percent(own)} of {wanted}; the prototype has {percent(sure)}, {more} than the real thing.",
            numbers={"class": wanted, "photo": own, "prototype": sure, "read as": guess.label},
        ),
    )


def dimensions(desk: Desk) -> Job[Sections]:
    """The weights of a classifier that is linear in its pixels."""
    found = fool.templates(load(LINEAR))
    yield Step(1, 1)
    sizes = found.weights.abs().mean((1, 2, 3))
    most = found.labels[int(sizes.argmax())]
    return (
        exhibit(
            "dimensions",
            found.figure(),
            "Ten blurred colour pictures, the weights of each class of CIFAR-10",
            f"{LINEAR}: score = w . x + b. Grey is a weight of 0; a colour above grey speaks for the class. "
            f"{sizes.numel()} classes, {found.weights[0].numel():,} weights each.",
            f"seethrough fool templates --net {LINEAR}{seed_option(desk)}",
            text="In a linear classifier each dimension of the data has one weight for each class, the same for all pictures.",
            answer=f"{most} has the largest weights: its score moves the most with the pixels.",
            numbers={"mean absolute weight": dict(zip(found.labels, sizes.tolist(), strict=True))},
        ),
    )


def person(desk: Desk) -> Job[Sections]:
    """A map against the box that a person drew."""
    network, shown = desk.network, photo("coffee")
    heat = see.grad_cam(network, network.frame(shown))
    yield Step(1, 2)
    box = network.frame.to_frame(Box(*map(float, CUP)), shown)
    found = see.agreement(heat, box)
    assert found.overlap is not None and found.inside is not None and found.peak is not None
    overlap, inside, peak = float(found.overlap[0]), float(found.inside[0]), bool(found.peak[0])
    verdict = "mostly the same" if overlap > 0.5 else "not the same"
    return (
        exhibit(
            "person",
            found.figure(),
            "A cup of coffee with a box around its upper part, the map's hottest part outlined, and three bars",
            f"Grad-CAM of {heat.targets[0]} against a box around the cup: overlap (intersection over union of the "
            "map's hottest "
            f"part, as large as the box) {overlap:.2f}, mass inside {inside:.2f}, peak inside: {'yes' if peak else 'no'}.",
            desk.command(f"see agreement coffee --box {','.join(map(str, CUP))}"),
            text="What chance would get stands beside each bar. A map that disagrees may be right: the network need not look "
            "where people look.",
            answer=f"Network and person mark {verdict}.",
            numbers={"overlap": overlap, "inside": inside, "peak inside": peak},
        ),
    )


def patches(desk: Desk) -> Job[Sections]:
    """Patches cut out at receptive fields, of units of an earlier layer."""
    photos = photos_at_hand(desk, 20 if desk.quick else 500)
    layer, top = layer_at(desk.network, 0.2), min(9, len(photos.data))
    found = yield from study.patches.job(desk.network, photos.data, units=f"{layer}:0-4", top=top)
    return (
        exhibit(
            "patches",
            found.figure(),
            "Rows of patches, one a unit, the strongest first, with their activations",
            f"Five units of {layer}, each with the patches of {photos.says} in which it is largest; the number below is its "
            f"value there. {_few(found)}",
            photos.code(desk, f'study.patches(network, data, units="{layer}:0-4", top={top}).save("patches.png")'),
            text="A patch is the unit's receptive field, all that it can see, at the place where its value is largest.",
            numbers={"layer": layer, "pictures": found.seen, "strongest": found.layers[0].values[:, 0].tolist()},
        ),
    )


def _few(found: Patches) -> str:
    """Say how fast the values fall from the first patch to the last."""
    values = found.layers[0].values
    falls = float((values[:, -1] / values[:, 0].clamp(min=1e-6)).mean())
    slow = "many pictures hold what it likes" if falls > 0.7 else "these are few pictures, and the last are weak"
    return f"The last is on average {percent(max(falls, 0.0))} of the first: {slow}."


def first_filters(desk: Desk) -> Job[Sections]:
    """The first convolutions of three networks."""
    others = [load(SMALL), load(f"{SMALL}-bn")]
    found = see.first_layers([desk.network, *others])
    yield Step(1, 1)
    sizes = {one.network: list(one.weights.shape) for one in found.filters}
    said = "; ".join(f"{name}: {' x '.join(map(str, shape))}" for name, shape in sizes.items())
    return (
        exhibit(
            "first-filters",
            found.figure(),
            "The first filters of three networks as little colour pictures",
            f"{said}. Each filter is stretched on its own to [0, 1].",
            desk.python(
                f'see.first_layers([network, load("{SMALL}"), load("{SMALL}-bn")]).save("first-layers.png")', uses="see"
            ),
            text="First filters look at pixels, so they can be looked at: edges, bars and spots of colour.",
            numbers={"shapes": sizes},
        ),
    )


def higher_filters(desk: Desk) -> Job[Sections]:
    """Slices of the filters of a second convolution."""
    found = see.filters(load(SMALL), layer="conv2", most=8)
    yield Step(1, 1)
    return (
        exhibit(
            "higher-filters",
            found.figure(),
            "Grey slices of the filters of a second convolution",
            f"conv2 of {SMALL}: a filter has one slice of {' x '.join(map(str, found.weights.shape[2:]))} for each of the "
            f"{found.weights.shape[1]} channels it reads.",
            f"seethrough see filters --net {SMALL} --layer conv2 --most 8{seed_option(desk)}",
            text="One can still do it for higher layers; it is just not that interesting: they read channels, not colours.",
            numbers={"shape": list(found.weights.shape)},
        ),
    )


def last_layer(desk: Desk) -> Job[Sections]:
    """Neighbours, and maps by principal components and by t-SNE, of one collection of pictures."""
    said = collection(desk, 100 if desk.quick else 360)
    network, data = said.network, said.data
    near, _ = yield from part_of(study.neighbors.job(network, data, range(3), count=6), 0, 3)
    rows = study.features(network, data)
    shares = near.same_class(near.pixels), near.same_class(near.features)
    flat, _ = yield from part_of(study.map.job(network, data, ready=rows, how="pca", seed=desk.seed), 1, 3)
    assert flat.shares is not None
    variance = float(flat.shares.sum())
    pictures = "Pictures: " + said.says + "."
    sections = (
        exhibit(
            "neighbours",
            near.figure(),
            "Three pictures, each beside its nearest neighbours in pixels and in features",
            f"{pictures} Orange edge: of the query's class. Features: {near.layer}, by cosine.",
            said.code('study.neighbors(network, data, range(3), count=6).save("near.png")'),
            text=f"The layer before the classifier gives {rows.values.shape[1]:,} numbers for each picture.",
            answer=said_neighbours(*shares),
            numbers={"pixels": shares[0], "features": shares[1], "data": data.name},
        ),
        exhibit(
            "pca",
            flat.figure(),
            "Pictures as points by class, along two principal components, and on a grid",
            f"{pictures} The two directions hold {percent(variance)} of the variance.",
            said.code(f'study.map(network, data, how="pca"{seeded(desk)}).save("pca.png")'),
            text="Principal components are the directions in which the features vary most; the map is linear.",
            answer=f"{percent(1 - variance)} of the variance is in other directions, and not to be seen here.",
            numbers={"variance": variance},
        ),
    )
    found, _ = yield from part_of(study.map.job(network, data, ready=rows, how="tsne", seed=desk.seed), 2, 3)
    return (
        *sections,
        exhibit(
            "tsne",
            found.figure(),
            "Pictures as points by class, laid out by t-SNE, and the pictures themselves on a grid",
            f"{pictures} Perplexity {found.settings['perplexity']:.3g}; on the grid each picture has the free cell nearest to "
            "its point.",
            said.code(f'study.map(network, data{seeded(desk)}).save("tsne.png")'),
            text="t-SNE keeps neighbours near one another: similar things end up in similar places, dissimilar ones wherever. "
            "Distances and sizes of groups say little.",
            numbers={"pictures": len(found), "data": data.name},
        ),
    )


def channel(desk: Desk) -> Job[Sections]:
    """The pictures in which a channel of a late layer is largest."""
    said = collection(desk, 100 if desk.quick else 360)
    layer = "relu2" if said.network is not desk.network else layer_at(desk.network, 0.9)
    unit, top = f"{layer}:17", 9
    found = yield from study.patches.job(said.network, said.data, units=unit, top=top)
    rows = [row for row in found.table() if row["shows"]]
    shows = [str(row["shows"]) for row in rows]
    most = max(sorted(set(shows)), key=shows.count)
    often = shows.count(most)
    verdict = "a liking for it" if often > len(shows) / 2 else "no liking for one class"
    return (
        exhibit(
            "channel",
            found.figure(),
            "The nine pictures in which one channel is largest, with its values",
            f"Channel 17 of {layer} over {said.says}.",
            said.code(f'study.patches(network, data, units="{unit}", top={top}).save("channel.png")'),
            text="Run many pictures through the network, record the channel's largest value in each, and show the winners.",
            answer=f"{often} of the {len(shows)} show {most}: {verdict}.",
            numbers={"unit": unit, "class": most, "count": often, "of": len(shows)},
        ),
    )


PART = Part(
    NEURONS,
    "B. Neurons, and what they like",
    gallery(
        "B. Neurons, and what they like",
        "Ways to interpret a network, and what its units and its last layer say of many pictures.",
        Exhibit(("prototype",), prototype),
        Exhibit(("dimensions",), dimensions),
        Exhibit(("person",), person),
        Exhibit(("patches",), patches),
        Exhibit(("first-filters",), first_filters),
        Exhibit(("higher-filters",), higher_filters),
        Exhibit(("neighbours", "pca", "tsne"), last_layer),
        Exhibit(("channel",), channel),
    ),
)
