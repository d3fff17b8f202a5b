"""The nearest misread image in L2, beside adversarial-library."""

from collections.abc import Mapping

import adv_lib.attacks as peer
from torch import Tensor

from given import Given
from jobs.fooled import Fooled, fooled_check
from jobs.shape import OURS, Pair
from seethrough import fool

PEERS = ("adv-lib ddn", "adv-lib fmn", "adv-lib alma")


def nearest(given: Given) -> Pair:
    """Look with so many gradients: ours is FMN, DDN stands beside; ALMA's first distance is one that suits photos."""
    photos, steps = given.photos(given.size.nearest), given.size.nearest_steps
    true, plain = given.network.classes_for(photos), given.plain

    def alma() -> Tensor:
        found: Tensor = peer.alma(plain, photos, true, distance="l2", num_steps=steps, init_lr_distance=0.1)
        return found

    ways = {
        OURS: lambda: fool.fmn(given.network, photos, steps=steps).images,
        "seethrough ddn": lambda: fool.ddn(given.network, photos, steps=steps).images,
        "adv-lib ddn": lambda: peer.ddn(plain, photos, true, steps=steps, levels=None),
        "adv-lib fmn": lambda: peer.fmn(plain, photos, true, norm=2, steps=steps),
        "adv-lib alma": alma,
    }

    def fine(found: Mapping[str, Fooled]) -> bool:
        return all(found[OURS].better(found[name]) for name in PEERS)

    amount = f"{len(photos)} photos, {steps} gradients"
    return Pair(amount, ways, fooled_check(given, photos, 2, fine), asked=given.asked(dict.fromkeys(PEERS, 1.5)))
