"""The four photos that problem 4 is about, and how the network is misled about them."""

import shlex
from collections.abc import Mapping, Sequence

from torch import Tensor

from seethrough import fool, load_result, photo
from seethrough.files import replacing
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.pretrained_and_small.material import TARGETS, Subject, subjects
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling

EPS, RATE, UNTIL = "2/255", 3.0, 0.95
STEPS, QUICK_STEPS = 120, 80


def fooled(desk: Desk) -> Job[Fooling]:
    """Mislead the network about the four photos by the sheet's two steps; what was made before is read back."""
    place = desk.place("fooled.safetensors")
    if place.is_file():
        kept = load_result(place)
        assert isinstance(kept, Fooling)
        return kept
    found = yield from climbed(desk, EPS)
    with replacing(place) as beside:
        found.save(beside)
    return found


def pixels_of(desk: Desk) -> Tensor:
    """Return the four photos as the network sees them."""
    return desk.network.frame([photo(one.source) for one in subjects(desk)])


def climbed(desk: Desk, eps: str) -> Job[Fooling]:
    """Go up the probability of each photo's class, within eps."""
    return fool.clip_ascent.job(
        desk.network, pixels_of(desk), to=TARGETS, eps=eps, rate=RATE, until=UNTIL, steps=steps(desk), seed=desk.seed
    )


def settings(desk: Desk, eps: str = EPS) -> dict[str, str | float]:
    """Return how the photos are misled, to be written down."""
    return {"eps": eps, "rate": RATE, "until": UNTIL, "steps": steps(desk)}


def steps(desk: Desk) -> int:
    """Return how many steps are taken at most."""
    return QUICK_STEPS if desk.quick else STEPS


def goals(network: Network) -> list[int]:
    """Return the classes that the four photos are to be read as."""
    return [network.resolve_class(one) for one in TARGETS]


def command(desk: Desk, four: Sequence[Subject], settings: Mapping[str, str | float]) -> str:
    """Return the command that misleads the network about the photos."""
    names = " ".join(shlex.quote(one.source) for one in four)
    goals = " ".join(f"--to {shlex.quote(str(goal))}" for goal in TARGETS[: len(four)])
    words = " ".join(
        f"--{name} {value:g}" if isinstance(value, float) else f"--{name} {value}" for name, value in settings.items()
    )
    return desk.command(f"fool clip-ascent {names} {goals} {words}")
