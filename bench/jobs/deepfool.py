"""DeepFool, beside foolbox with the same candidates, steps and overshoot."""

import foolbox
import torch
from torch import Tensor

from given import Given
from jobs.fooled import fooled_check, frozen
from jobs.pgd import FROZEN
from jobs.shape import OURS, Pair
from seethrough import fool

PEERS = {"l2": foolbox.attacks.L2DeepFoolAttack, "linf": foolbox.attacks.LinfDeepFoolAttack}
NORMS = {"l2": 2.0, "linf": torch.inf}


def deepfool(given: Given, norm: str) -> Pair:
    """Go to the nearest boundary."""
    photos, steps = given.photos(given.size.attacked), given.size.deepfool_steps
    true = given.network.classes_for(photos)
    bounded = foolbox.PyTorchModel(given.plain, bounds=(0, 1), device=given.device)
    other = PEERS[norm](steps=steps, candidates=10, overshoot=0.02)

    def by_foolbox() -> Tensor:
        images: Tensor = other(bounded, photos, true, epsilons=None)[1]
        return images

    def by_foolbox_frozen() -> Tensor:
        with frozen(given.plain):
            return by_foolbox()

    ways = {
        OURS: lambda: fool.deepfool(given.network, photos, norm=norm, steps=steps).images,
        "foolbox": by_foolbox,
        FROZEN: by_foolbox_frozen,
    }
    return Pair(
        f"{len(photos)} photos, at most {steps} steps",
        ways,
        fooled_check(given, photos, NORMS[norm], lambda found: found[OURS].misread >= found["foolbox"].misread),
        asked=given.asked({"foolbox": 3.0}),
    )
