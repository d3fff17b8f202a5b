"""A recipe: everything about how a network is trained but the network and the data."""

from dataclasses import asdict, dataclass
from typing import Any

from seethrough.errors import UserError
from seethrough.train.against import KINDS
from seethrough.train.augment import changes_named

OPTIMISERS = ("adam", "sgd")
SCHEDULES = ("cycle", "cosine", "constant")
PRECISIONS = ("float32", "bfloat16")
WARM = 0.2
"""The part of a training in which the rate of a cycle rises, and the eps it is attacked within."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; written into its card as it is."""

    epochs: int = 10
    batch: int = 128
    optimiser: str = "adam"
    rate: float = 0.001
    momentum: float = 0.9
    decay: float = 0.0005
    schedule: str = "cycle"
    smoothing: float = 0.0
    augment: str = ""
    mix: float = 0.0
    against: str = "none"
    eps: str | None = None
    attack_steps: int = 10
    attack_step: str | None = None
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        least = {"epochs": 1, "batch": 2, "attack_steps": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UserError(f"{name} is {getattr(self, name)}; it takes {low} or more")
        if not self.rate > 0:
            raise UserError(f"rate is {self.rate}; it takes more than 0")
        for name, low, high in (("momentum", 0, 1), ("smoothing", 0, 1), ("decay", 0, float("inf"))):
            if not low <= getattr(self, name) < high:
                raise UserError(f"{name} is {getattr(self, name)}; it takes {low} or more, and less than {high:g}")
        if not 0 <= self.mix <= 1:
            raise UserError(f"mix is {self.mix}; it takes a share of the pictures, from 0 to 1")
        if self.mix and self.against != "none":
            raise UserError(
                f"mix is {self.mix} with against {self.against!r}; mixed pictures are not attacked: leave one out"
            )
        offered = {
            "optimiser": OPTIMISERS,
            "schedule": SCHEDULES,
            "precision": PRECISIONS,
            "against": KINDS,
        }
        for name, choices in offered.items():
            if getattr(self, name) not in choices:
                raise UserError(f"{name} is {getattr(self, name)!r}; it takes {' | '.join(choices)}")
        changes_named(self.augment)

    def words(self) -> dict[str, Any]:
        """Return it as plain words and numbers, without what it does not use."""
        said = asdict(self)
        if self.optimiser != "sgd":
            said.pop("momentum")
        if not self.mix:
            said.pop("mix")
        if self.against == "none":
            for name in ("eps", "attack_steps", "attack_step"):
                said.pop(name)
        return said
