"""Pre-images: what is left of a photo in its code."""

from seethrough import dream
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.document import Part, Sections
from seethrough.labs.shown import framed
from seethrough.labs.tour.gallery import Exhibit, exhibit, gallery, layer_at
from seethrough.labs.tour.sentences import said_inversion, said_priors
from seethrough.labs.tour.technique import PRE_IMAGES
from seethrough.percent import percent
from seethrough.results.inversion import PRIORS


def priors(desk: Desk) -> Job[Sections]:
    """One code, three priors."""
    layer, steps = layer_at(desk.network, 0.3), 16 if desk.quick else 200
    given = "none,tv1,tv2"
    work = dream.invert.job(
        desk.network,
        framed(desk.network, ["coffee"]),
        layers=layer,
        prior=given,
        steps=steps,
        seed=desk.seed,
    )
    found = yield from work
    names = [PRIORS[prior] for prior in found.priors]
    codes, pixels = found.code_error.tolist(), found.pixel_error.tolist()
    return (
        exhibit(
            "priors",
            found.figure(),
            "A cup of coffee, and images with its code found with no prior, with TV of exponent 1, and of exponent 2",
            f"The code at {layer}, {steps} steps from noise. Off by: the length of the difference, as a share of the "
            "code's own.",
            desk.command(f"dream invert coffee --layers {layer} --prior {given} --steps {steps} --sheet priors.png"),
            text="min |phi(x) - phi_0|^2 + R_TV(x): an image with the photo's code; total variation, the sum of the "
            "differences of "
            "neighbouring pixels to the power beta, keeps it smooth.",
            answer=said_priors(names, codes, pixels),
            numbers={"layer": layer, "code": dict(zip(names, codes, strict=True)), "pixels": pixels},
        ),
    )


def inversion(desk: Desk) -> Job[Sections]:
    """Images with a photo's code, layer by layer."""
    steps = 12 if desk.quick else 150
    depths = (0.0, 0.3, 0.5, 0.75, 1.0) if desk.quick else (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0)
    layers = list(dict.fromkeys(layer_at(desk.network, depth) for depth in depths))
    work = dream.invert.job(
        desk.network, framed(desk.network, ["coffee"]), layers=",".join(layers), steps=steps, seed=desk.seed
    )
    found = yield from work
    same = [guess.index == found.photo_guesses[0].index for guess in found.guesses]
    return (
        exhibit(
            "inversion",
            found.figure(),
            f"A cup of coffee, and images with its code at {len(layers)} layers",
            f"{steps} steps a layer, with total variation and the alpha norm; above each image what the network takes it for.",
            desk.command(f"dream invert coffee --layers {','.join(layers)} --steps {steps} --sheet inverted.png"),
            text="What a layer has thrown away comes back as anything at all.",
            answer=said_inversion(found.layers, found.pixel_error.tolist(), same),
            numbers={
                "pixels": dict(zip(found.layers, found.pixel_error.tolist(), strict=True)),
                "code": dict(zip(found.layers, found.code_error.tolist(), strict=True)),
                "read as before": sum(same),
            },
        ),
    )


def ambiguity(desk: Desk) -> Job[Sections]:
    """One code, several images."""
    layer, steps, starts = layer_at(desk.network, 1.0), 16 if desk.quick else 200, 2 if desk.quick else 4
    pixels = framed(desk.network, ["coffee"])
    found = yield from dream.invert.job(desk.network, pixels, layers=layer, starts=starts, steps=steps, seed=desk.seed)
    flat = found.pictures.flatten(1)
    apart = [float((flat[a] - flat[b]).norm()) for a in range(starts) for b in range(a)]
    spread = sum(apart) / len(apart) / float((pixels[0] - pixels[0].mean((1, 2), keepdim=True)).norm())
    code = float(found.code_error.mean())
    return (
        exhibit(
            "ambiguity",
            found.figure(),
            f"A cup of coffee, and {starts} images found from different noise that have nearly its code at the last layer",
            f"The code at {layer}, {steps} steps, {starts} starts.",
            desk.command(f"dream invert coffee --layers {layer} --starts {starts} --steps {steps} --sheet starts.png"),
            text="The representation is not injective: many images have one code. What they share is what the network keeps.",
            answer=f"Their codes are {percent(code)} off the photo's, while the images are as far from one another as "
            f"{percent(spread)} of the photo's own contrast: "
            + (
                "different images, much the same to the network."
                if spread > code
                else "no more different than their codes."
            ),
            numbers={"layer": layer, "code": code, "apart": spread},
        ),
    )


PART = Part(
    PRE_IMAGES,
    "F. Pre-images",
    gallery(
        "F. Pre-images",
        "Understanding a representation by what it forgets.",
        Exhibit(("priors",), priors),
        Exhibit(("inversion",), inversion),
        Exhibit(("ambiguity",), ambiguity),
    ),
)
