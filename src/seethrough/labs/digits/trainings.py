"""The two trainings of a run, without and with batch norm: made once, kept, and gone on with where they were stopped."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from seethrough import load, train
from seethrough.jobs import Step
from seethrough.labs.desk import Desk
from seethrough.labs.digits.material import Material, loading
from seethrough.networks.from_card import CARD, read_card
from seethrough.networks.network import Network

PLAIN, NORMED = "digits-cnn", "digits-cnn-bn"
QUICK = 6000
"""Pictures that a quick run learns from."""


@dataclass(frozen=True)
class Plan:
    """How long is trained: pictures learned from, and epochs."""

    pictures: int
    epochs: int


def plan(desk: Desk, here: Material) -> Plan:
    """Return how long is trained: enough to see curves, not the most that could be had."""
    if here.stands_in:
        return Plan(len(here.train), 5 if desk.quick else 15)
    return Plan(min(QUICK, len(here.train)) if desk.quick else len(here.train), 3)


def trained(desk: Desk, here: Material, arch: str) -> Generator[Step, bool | None, Path]:
    """Return the folder of a training of this run, made if it is not there."""
    place, planned = desk.place(arch), plan(desk, here)
    card = place / CARD
    ended = card.exists() and read_card(card).get("epochs") == planned.epochs and not _under_way(place)
    if not ended:
        data = here.train.part(range(planned.pictures))
        work = train.fit.job(
            data, here.test, arch=arch, epochs=planned.epochs, seed=desk.seed, out=place, resume=_under_way(place)
        )
        yield from work
    return place


def network_in(place: Path) -> Network:
    """Return the network that a training left."""
    return load(str(place))


def code(desk: Desk, here: Material, *archs: str, after: str) -> str:
    """Return Python that repeats trainings into folders, and does something with them."""
    planned = plan(desk, here)
    part = "" if planned.pictures == len(here.train) else f".part(range({planned.pictures}))"
    seed = f", seed={desk.seed}" if desk.seed else ""
    fits = [
        f'train.fit(data, unseen, arch="{arch}", epochs={planned.epochs}, out="runs/{arch}"{seed})' for arch in archs
    ]
    lines = [
        "from seethrough import datasets, train",
        "",
        f"data = {loading(desk, here, 'train')}{part}",
        f"unseen = {loading(desk, here, 'test')}",
        *fits,
        after,
    ]
    return "\n".join(lines)


def _under_way(place: Path) -> bool:
    return (place / "checkpoint.safetensors").exists()
