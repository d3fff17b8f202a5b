"""Class dreams: the image that a class asks for."""

from collections.abc import Sequence
from typing import Unpack

import torch
from torch import Tensor

from seethrough.ascent.wish import logit, probability
from seethrough.dream.diversity import different
from seethrough.dream.outcome import outcome
from seethrough.dream.paint import paint
from seethrough.dream.recipes import Changes, recipe_of, said
from seethrough.dream.starts import planned
from seethrough.jobs import Job, job
from seethrough.networks.network import ClassLike, Network
from seethrough.results.dream import Dream
from seethrough.see.spatial import last_map_layer


@job
def class_(
    network: Network,
    classes: ClassLike | Sequence[ClassLike] | Tensor,
    *,
    recipe: str | None = None,
    diversity: int = 1,
    seed: int = 0,
    batch: int | None = None,
    **changes: Unpack[Changes],
) -> Job[Dream]:
    """Dream classes: argmax over images of logit - lambda |x - colour|_2^power, and the other priors of the recipe.

    Simonyan et al. 2014, arXiv:1312.6034; by default as waves seen through random crops and noise (after Olah et al. 2017).
    `start` takes photos [B, C, H, W] too: what would make this photo more of the class? `diversity` makes that many images
    of each class, which are to differ.

    >>> class_(network, ["espresso", "goldfish"]).save("dreams.png")
    """
    batch = network.at_once(batch)
    chosen = recipe_of(recipe, changes)
    if isinstance(classes, Tensor):
        classes = classes.reshape(-1).tolist()
    listed: list[ClassLike] = [classes] if isinstance(classes, int | str) else list(classes)
    indices, begun = planned(network, [network.resolve_class(one) for one in listed], diversity, changes.get("start"))
    wanted = torch.tensor(indices)
    wish = logit(wanted)
    if diversity > 1:
        wish = different(wish, last_map_layer(network), diversity)
    watch = {"logit": logit(wanted).read, "probability": probability(wanted).read}
    climb = yield from paint(network, wish, len(wanted), chosen, start=begun, watch=watch, seed=seed, at_once=batch)
    return outcome(
        "class_",
        network,
        climb.images,
        [network.labels.names[index] for index in indices],
        reached=climb.watched["logit"],
        probabilities=climb.watched["probability"],
        trace=climb.trace,
        settings={"classes": listed, "diversity": diversity, "seed": seed, **said(recipe, changes)},
        starts=begun,
    )
