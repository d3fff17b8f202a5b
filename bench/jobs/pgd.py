"""PGD within 4/255 from the photo, beside torchattacks and foolbox; all take all steps."""

from typing import Any

import foolbox
import torch
import torchattacks
from torch import Tensor

from given import Given
from jobs.fooled import fooled_check, frozen
from jobs.shape import OURS, Pair
from seethrough import fool

EPS = 4 / 255
FROZEN, LEAVE = "foolbox, weights frozen", "seethrough, misread leave"


def pgd(given: Given) -> Pair:
    """Mislead photos; peers get the network as their documents do, foolbox once more without its weights' gradients."""
    photos, steps = given.photos(given.size.attacked), given.size.pgd_steps
    true, step = given.network.classes_for(photos), 2.5 * EPS / steps
    common: dict[str, Any] = {"eps": "4/255", "steps": steps, "random_start": False}
    attacks = torchattacks.PGD(given.plain, eps=EPS, alpha=step, steps=steps, random_start=False)
    bounded = foolbox.PyTorchModel(given.plain, bounds=(0, 1), device=given.device)
    other = foolbox.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=False)

    def by_foolbox() -> Tensor:
        images: Tensor = other(bounded, photos, true, epsilons=EPS)[1]
        return images

    def by_foolbox_frozen() -> Tensor:
        with frozen(given.plain):
            return by_foolbox()

    ways = {
        OURS: lambda: fool.pgd(given.network, photos, until="never", **common).images,
        "torchattacks": lambda: attacks(photos, true),
        "foolbox": by_foolbox,
        FROZEN: by_foolbox_frozen,
        LEAVE: lambda: fool.pgd(given.network, photos, **common).images,
    }
    return Pair(
        f"{len(photos)} photos, {steps} steps",
        ways,
        fooled_check(
            given, photos, torch.inf, lambda found: found[OURS].misread >= max(o.misread for o in found.values())
        ),
        asked=given.asked({"torchattacks": 1.5, "foolbox": 2.5}),
    )
