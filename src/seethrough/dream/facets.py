"""Facets: the different kinds of photo that excite one class or unit, each as a dream of its own."""

from typing import Unpack

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.ascent.look import Watch
from seethrough.ascent.wish import Wish, logit, probability
from seethrough.ascent.wish import unit as unit_wish
from seethrough.dream.outcome import outcome
from seethrough.dream.paint import paint
from seethrough.dream.recipes import Changes, recipe_of, said
from seethrough.dream.starts import no_photos
from seethrough.errors import UserError
from seethrough.jobs import Job, job
from seethrough.networks.network import ClassLike, Network
from seethrough.networks.streams import image_streams
from seethrough.networks.unit import resolve_unit
from seethrough.results.dream import Dream
from seethrough.see.spatial import as_maps, last_map_layer

RECIPE = "facet"
ROUNDS = 50
"""Rounds of k-means: it has long come to rest by then."""


@job
def facets(
    network: Network,
    images: Tensor,
    classes: ClassLike | None = None,
    *,
    unit: str | None = None,
    count: int = 4,
    nearest: int = 15,
    recipe: str | None = None,
    seed: int = 0,
    batch: int | None = None,
    **changes: Unpack[Changes],
) -> Job[Dream]:
    """Dream a class or unit from the means of clusters of photos that excite it (Nguyen et al. 2016, arXiv:1602.03616).

    The half of the photos that excite it most are clustered by their codes, the mean of the last maps, into `count`; each
    dream begins as the mean of the `nearest` photos to its cluster's middle.

    >>> facets(network, network.frame([photo(path) for path in paths]), "volcano").save("volcanoes.png")
    """
    batch = network.at_once(batch)
    if (classes is None) == (unit is None):
        raise UserError("give a class, or a unit: one of the two")
    if count < 1 or nearest < 1:
        raise UserError(f"count is {count} and nearest {nearest}; both take 1 or more")
    no_photos(changes.get("start"), "every facet begins as the mean of photos like it")
    chosen = recipe_of(recipe, changes, RECIPE)
    images = network.checked(images)
    wish, name, watch = _wished(network, classes, unit, count)
    codes, excited = _measured(network, images, classes, unit, batch)
    most = excited.argsort(descending=True)[: max(count, -(-len(images) // 2))]
    if len(most) < count:
        raise UserError(f"count is {count}: there are only {len(images)} photos to begin from")
    belongs, middles = clusters(codes[most], count, seed)
    begun = torch.stack(
        [_mean_of_nearest(images[most], codes[most], belongs == one, middles[one], nearest) for one in range(count)]
    )
    climb = yield from paint(network, wish, count, chosen, start=begun, watch=watch, seed=seed, at_once=batch)
    return outcome(
        "facets",
        network,
        climb.images,
        [name] * count,
        reached=climb.watched["reached"],
        probabilities=climb.watched.get("probability"),
        trace=climb.trace,
        settings={
            "classes": None if classes is None else network.resolve_class(classes),
            "unit": unit,
            "count": count,
            "nearest": nearest,
            "seed": seed,
            **said(recipe, changes, RECIPE),
        },
        starts=begun,
    )


def clusters(codes: Tensor, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return which of `count` clusters each code [N, D] belongs to, and their middles: k-means, begun far apart.

    >>> clusters(torch.tensor([[0.0], [0.1], [5.0]]), 2, 0)[0].unique().tolist()
    [0, 1]
    """
    stream = image_streams(seed, 1)[0]
    middles = codes[torch.randint(len(codes), (1,), generator=stream)]
    while len(middles) < count:
        far = torch.cdist(codes, middles).amin(1).square().cpu()
        far = far if float(far.sum()) > 0 else torch.ones_like(far)
        middles = torch.cat([middles, codes[torch.multinomial(far, 1, generator=stream)]])
    belongs = torch.zeros(len(codes), dtype=torch.long)
    for _ in range(ROUNDS):
        belongs = torch.cdist(codes, middles).argmin(1)
        for one in range(count):
            if bool((belongs == one).any()):
                middles[one] = codes[belongs == one].mean(0)
    return belongs, middles


def _wished(network: Network, classes: ClassLike | None, unit: str | None, count: int) -> tuple[Wish, str, Watch]:
    if unit is not None:
        place = resolve_unit(network, unit)
        wish = unit_wish(place)
        return wish, str(place), {"reached": wish.read}
    assert classes is not None
    index = network.resolve_class(classes)
    wanted = torch.full((count,), index)
    wish = logit(wanted)
    return wish, network.labels.names[index], {"reached": wish.read, "probability": probability(wanted).read}


def _measured(
    network: Network, images: Tensor, classes: ClassLike | None, unit: str | None, batch: int
) -> tuple[Tensor, Tensor]:
    """Return each photo's code, of length 1, and how much it excites what is dreamt of."""
    last = last_map_layer(network)
    codes, excited = [], []
    with torch.inference_mode(False), torch.no_grad():
        for part in torch.split(images, batch):
            place = None if unit is None else resolve_unit(network, unit)
            output, found = network.run(part, list(dict.fromkeys([last, *([place.layer] if place else [])])))
            codes.append(as_maps(found[last], network.layers[last], network.size).mean((2, 3)).float())
            if place is not None:
                excited.append(place.activation(found[place.layer]))
            else:
                excited.append(output[:, network.resolve_class(classes if classes is not None else 0)])
    return functional.normalize(torch.cat(codes), dim=1), torch.cat(excited)


def _mean_of_nearest(images: Tensor, codes: Tensor, members: Tensor, middle: Tensor, nearest: int) -> Tensor:
    # Nothing belongs to the second of two clusters of equal photos.
    own = (members if bool(members.any()) else torch.ones_like(members)).nonzero()[:, 0]
    order = (codes[own] - middle).norm(dim=1).argsort()[:nearest]
    return images[own[order]].mean(0)
