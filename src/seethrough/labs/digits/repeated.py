"""Optional 2: the attacks of part 3 on the plain and on the hardened network."""

from seethrough import dream, fool
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.digits import answers
from seethrough.labs.digits.additive import learned, sources_for
from seethrough.labs.digits.alike import wanted_of
from seethrough.labs.digits.drawn import rows_of_pictures
from seethrough.labs.digits.material import DIGITS, Material, readings, seeded, ten
from seethrough.labs.digits.measures import Judged, apart, judges
from seethrough.labs.digits.noise import ALL, STEP, steps_of
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.report import Section, Table, picture


def repeated(desk: Desk, here: Material, plain: Network, robust: Network) -> Job[Section]:
    """Repeat the attacks on both networks."""
    chosen, sources = ten(here.test, plain, desk.seed), sources_for(plain, here.test, desk.seed)
    to, steps = wanted_of(chosen.labels), steps_of(desk)
    shown: dict[str, tuple[object, list[str]]] = {}
    found: dict[str, list[float]] = {}
    seen: list[Judged] = []

    def note(what: str, value: float) -> None:
        found.setdefault(what, []).append(value)

    for place, (network, other, word) in enumerate(((plain, robust, "plain"), (robust, plain, "hardened"))):
        begun = fool.from_noise(network, "all", seed=desk.seed, batch=10, steps=0).originals
        climb = dream.class_.job(
            network, ALL, recipe="simonyan", start=begun, norm=0.0, rate=STEP, steps=steps, seed=desk.seed, batch=10
        )
        climbed, _ = yield from part_of(climb, 4 * place, 8)
        lookalike = fool.lookalike.job(
            network,
            chosen.pixels,
            chosen.labels,
            to=to,
            steps=steps if desk.quick else 150,
            searches=4,
            seed=desk.seed,
            batch=10,
        )
        alike, _ = yield from part_of(lookalike, 4 * place + 1, 8)
        noises, _ = yield from part_of(learned(network, chosen, sources, 100, desk.seed), 4 * place + 2, 8)
        nearest, _ = yield from part_of(
            fool.ddn.job(network, chosen.pixels, chosen.labels.tolist(), steps=50 if desk.quick else 100, batch=10),
            4 * place + 3,
            8,
        )
        judge = judges(here, other, desk.seed)
        seen.append(judge.judge(climbed.images, ALL))
        sure = readings(network, climbed.images).diagonal().tolist()
        far = apart(alike.images, chosen.pixels)
        note(answers.NOISE, sum(seen[-1].alike) / len(ALL))
        note(answers.ALIKE, sum(far) / len(far))
        note(answers.ADDED, float(sum(guess.label == name for guess, name in zip(noises.learned, DIGITS, strict=True))))
        note(answers.NEAREST, float(nearest.l2[nearest.success].mean()))
        shown[f"3a, {word}: from noise, {steps} steps"] = (
            climbed.images,
            [f"{name}: {percent(value)}" for name, value in zip(DIGITS, sure, strict=True)],
        )
        shown[f"3b, {word}: looks like one, is read as another"] = (
            alike.images,
            [str(guess).replace(" ", ": ", 1) for guess in alike.after],
        )
    order = sorted(shown, key=lambda name: name[:2])
    figure = rows_of_pictures("The attacks of part 3 on both networks", {name: shown[name] for name in order})  # type: ignore[misc]
    rows = tuple((what, *(f"{value:.3g}" for value in pair)) for what, pair in found.items())
    return Section(
        "The attacks of part 3 again",
        "The same pictures, seeds and settings on both networks; and, as a plain measure of how far an attack has to "
        "go, the nearest "
        "misread image of the ten pictures (by DDN, an attack that looks for it). Each network's images are judged "
        "by the other one.",
        (
            picture(
                figure,
                "Rows of images that the attacks make on the plain and on the hardened network",
                "Under each image: what the attacked network reads, and how sure it is.",
                "\n".join(
                    [
                        "from seethrough import dream, fool, load",
                        "",
                        f'network = load("{robust.name}")',
                        f'noise = fool.from_noise(network, "all", steps=0{seeded(desk)}).originals',
                        'found = dream.class_(network, range(10), recipe="simonyan", start=noise, norm=0, '
                        f"rate={STEP}, steps={steps})",
                        'found.save("from-noise-hardened.png")',
                    ]
                ),
            ),
        ),
        (Table(("measure", plain.name, robust.name), rows),),
        task="Repeat the attacks of part 3 on the hardened network.",
        answer=answers.repeated({what: (pair[0], pair[1]) for what, pair in found.items()}, seen[1], judge.real),
        numbers={
            **{what: dict(zip((plain.name, robust.name), pair, strict=True)) for what, pair in found.items()},
            "from noise, plain": seen[0].numbers(),
            "from noise, hardened": seen[1].numbers(),
        },
        level=3,
    )
