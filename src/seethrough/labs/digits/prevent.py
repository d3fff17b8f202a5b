"""Optional 2: ways to prevent attacks, tried: a hardened network, and cheap changes of the input."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from seethrough import fool
from seethrough.images.blur import blurred
from seethrough.jobs import Job, Step, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.drawn import rows_of_pictures
from seethrough.labs.digits.material import (
    DIGITS,
    PLAIN,
    ROBUST,
    Examples,
    Material,
    code,
    drawn,
    material,
    pair,
    picked,
    readings,
    seeded,
)
from seethrough.labs.digits.repeated import repeated
from seethrough.labs.document import Sections
from seethrough.networks.from_card import BUNDLED, read_card
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_curve
from seethrough.report import Section, Table, picture

EPS = (0.05, 0.1, 0.2, 0.3)
AT = 0.2
"""The distance at which cheap defences are tried: the plain network is lost there."""

Change = Callable[[Tensor], Tensor]


def two_levels(pixels: Tensor) -> Tensor:
    """Make every pixel black or white; the gradient goes through as if nothing had been done, or there would be none."""
    return pixels + ((pixels > 0.5).to(pixels) - pixels).detach()


DEFENCES: dict[str, Change] = {
    "blurring (1 pixel)": lambda pixels: blurred(pixels, 1.0),
    "two levels (black or white)": two_levels,
}


class Behind(nn.Module):
    """A network's module behind a change of its pixels."""

    def __init__(self, network: Network, change: Change) -> None:
        """Keep both, and what turns pixels into what the module takes."""
        super().__init__()
        self.module, self.change = network.module, change
        self.mean, self.std = network.mean[0], network.std[0]

    def forward(self, normal: Tensor) -> Tensor:
        """Change the pixels, and pass them on."""
        changed = self.change(normal * self.std + self.mean)
        said: Tensor = self.module((changed - self.mean) / self.std)
        return said


@dataclass(frozen=True)
class Tried:
    """A defence: how much is read rightly of pictures as they are, attacked without and with knowledge of it."""

    name: str
    clean: float
    blind: float
    aware: float


def prevent(desk: Desk) -> Job[Sections]:
    """Make optional part 2."""
    here = material(desk)
    plain, robust = pair(desk)
    chosen = drawn(here.test, 40 if desk.quick else 100, desk.seed)
    steps = 10 if desk.quick else 40
    hardened, _ = yield from part_of(_hardened(desk, here, plain, robust, chosen, steps), 0, 3)
    again, _ = yield from part_of(repeated(desk, here, plain, robust), 1, 3)
    cheap, _ = yield from part_of(_cheap(desk, here, plain, robust, chosen, steps), 2, 3)
    text = (
        f"{here.said}\n\nThree ways are tried, on {plain.name} (plain) and {robust.name} (hardened: the same layers, "
        "trained by PGD, an "
        "attack of small steps, on every batch, within 0.3 of each pixel). A fourth, to refuse what the network is "
        "not sure of, cannot "
        "work by itself: the images of part 3 are read with up to 100 %."
    )
    heading = Section(
        f"Optional 2. Ways to prevent the attacks{here.in_title}",
        text,
        task="Can you think of ways to prevent the attacks? They are tried here, not only thought of.",
    )
    return heading, hardened, again, cheap


def _hardened(
    desk: Desk, here: Material, plain: Network, robust: Network, chosen: Examples, steps: int
) -> Job[Section]:
    curves = []
    for place, network in enumerate((plain, robust)):
        work = fool.curve.job(
            network, chosen.pixels, chosen.labels, attacks="pgd", eps=EPS, steps=steps, seed=desk.seed, batch=100
        )
        one, _ = yield from part_of(work, place, 2)
        curves.append(one)
    shares = [one.robust[0].tolist() for one in curves]
    distances = curves[0].eps.tolist()
    assert here.test.pixels is not None
    pixels = here.test.pixels.float() / 255
    clean = [float((readings(one, pixels).argmax(1) == here.test.labels).double().mean()) for one in (plain, robust)]
    cards = [read_card(BUNDLED / f"{name}.json") for name in (PLAIN, ROBUST)]
    seconds = [sorted(card["curves"]["seconds"])[len(card["curves"]["seconds"]) // 2] for card in cards]
    figure, panels = sheet(
        1, 1, cell=(3.8, 7.4), title=f"Pictures still read rightly under PGD ({len(chosen.labels)} pictures)"
    )
    lines = {
        f"{one.name} ({word})": share
        for one, word, share in zip((plain, robust), ("plain", "hardened"), shares, strict=True)
    }
    show_curve(
        panels[0, 0], distances, lines, across="eps (linf)", upward="robust accuracy", limits=(-0.02, 1.02), marks=True
    )
    rows = tuple(
        (f"{eps:g}", f"{eps * 255:.0f}", percent(shares[0][place]), percent(shares[1][place]))
        for place, eps in enumerate(distances)
    )
    return Section(
        "Train against attacks (adversarial training)",
        f"PGD with {steps} steps, from a random start; every pixel may move by eps, of pixels from 0 to 1.",
        (
            picture(
                figure,
                "Two curves: the plain network's falls to nothing, the hardened one's stays high",
                "The share of pictures that PGD leaves rightly read, the farther it may go.",
                code(
                    desk,
                    here,
                    picked(chosen),
                    f"labels = data.labels[{list(chosen.places)}].tolist()",
                    f'for each in ("{plain.name}", "{robust.name}"):',
                    f'    print(fool.curve(load(each), pixels, labels, attacks="pgd", eps={EPS}, '
                    f"steps={steps}{seeded(desk)}))",
                    uses="fool",
                ),
            ),
        ),
        (Table(("eps", "levels of 255", plain.name, robust.name), rows),),
        answer=answers.prevention(
            distances, shares[0], shares[1], (clean[0], clean[1]), (float(seconds[0]), float(seconds[1]))
        ),
        numbers={
            "eps": distances,
            plain.name: shares[0],
            robust.name: shares[1],
            "test accuracy": dict(zip((plain.name, robust.name), clean, strict=True)),
            "seconds an epoch, by the cards": dict(zip((PLAIN, ROBUST), seconds, strict=True)),
        },
        level=3,
    )


def _right(network: Network, pixels: Tensor, labels: Tensor) -> float:
    return float((readings(network, pixels).argmax(1) == labels).double().mean())


def behind(network: Network, name: str) -> Network:
    """Return a network with a defence before it, which an attack can go through."""
    return Network(
        Behind(network, DEFENCES[name]).eval(),
        size=network.size,
        mean=network.mean,
        std=network.std,
        labels=network.labels,
        name=f"{network.name} behind {name}",
    )


def _cheap(desk: Desk, here: Material, plain: Network, robust: Network, chosen: Examples, steps: int) -> Job[Section]:
    attack = partial(fool.pgd, eps=AT, steps=steps, seed=desk.seed, batch=100)
    blind = attack(plain, chosen.pixels, chosen.labels.tolist())
    none = _right(plain, blind.images, chosen.labels)
    yield Step(1, 2 + len(DEFENCES))
    tried, shown = [], {}
    for place, name in enumerate(DEFENCES):
        network = behind(plain, name)
        aware = attack(network, chosen.pixels, chosen.labels.tolist())
        tried.append(
            Tried(
                name,
                _right(network, chosen.pixels, chosen.labels),
                _right(network, blind.images, chosen.labels),
                _right(network, aware.images, chosen.labels),
            )
        )
        seen = readings(network, blind.images[:10])
        shown[f"the same after {name}"] = (
            DEFENCES[name](blind.images[:10]).clamp(0, 1),
            [f"{DIGITS[int(one.argmax())]}: {percent(float(one.max()))}" for one in seen],
        )
        yield Step(2 + place, 2 + len(DEFENCES))
    own = attack(robust, chosen.pixels, chosen.labels.tolist())
    hardened = (
        _right(robust, chosen.pixels, chosen.labels),
        _right(robust, blind.images, chosen.labels),
        _right(robust, own.images, chosen.labels),
    )
    yield Step(2 + len(DEFENCES), 2 + len(DEFENCES))
    figure = rows_of_pictures(
        f"Attacked pictures (PGD, eps {AT:g}), and what is read behind a defence ({plain.name})",
        {
            "attacked": (
                blind.images[:10],
                [f"{guess.label}: {percent(guess.probability)}" for guess in blind.after[:10]],
            ),
            **shown,
        },
    )
    rows = (
        ("no defence", _right(plain, chosen.pixels, chosen.labels), none, none),
        *((one.name, one.clean, one.blind, one.aware) for one in tried),
        (f"adversarial training ({robust.name})", *hardened),
    )
    head = ("defence", "pictures as they are", f"attacked through {plain.name}", "attacked through the defence")
    return Section(
        "Cheap defences: change the picture before it is read",
        f"The attack is PGD within {AT:g} ({AT * 255:.0f} of 255 levels). First it sees the plain network only; then "
        "it goes through the "
        "defence as well, as an attacker would who knows of it (for two levels its gradient is taken as if they were "
        "not there).",
        (
            picture(
                figure,
                "Ten attacked digits, and the same blurred, and in black and white",
                "Under each picture what the network reads behind that defence.",
                code(
                    desk,
                    here,
                    picked(chosen),
                    f"labels = data.labels[{list(chosen.places)}].tolist()",
                    *([] if plain is desk.network else [f'network = load("{plain.name}")']),
                    f"found = fool.pgd(network, pixels, labels, eps={AT:g}, steps={steps}{seeded(desk)})",
                    "black_or_white = (found.images > 0.5).float()",
                    'network.classify(black_or_white, top=1).save("two-levels.png")',
                    uses="fool",
                ),
            ),
        ),
        (Table(head, tuple((name, *(percent(value) for value in values)) for name, *values in rows)),),
        answer=answers.cheap([(one.name, one.clean, one.blind, one.aware) for one in tried], none, AT),
        numbers={
            name: {"as they are": clean, "attacked without it": away, "attacked through it": through}
            for name, clean, away, through in rows
        },
        level=3,
    )
