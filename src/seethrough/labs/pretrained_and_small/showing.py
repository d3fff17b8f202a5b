"""What is shown of a small network: its filters, its loss, its accuracy."""

from itertools import pairwise

import torch

from seethrough import train
from seethrough.labs.desk import Desk
from seethrough.labs.pretrained_and_small.measures import alike_beside, colour_shares
from seethrough.labs.pretrained_and_small.trained import Small
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.plots import sheet, show_curve
from seethrough.plots.confusion import show_confusion
from seethrough.report import Picture, Section, Table, picture
from seethrough.results.filters import Filters

COLOURED = 0.5
"""The share of colour in what varies from which on a filter counts as one of colour."""
NOISE, BROAD, LEAST = 0.15, 0.6, 5
"""How alike neighbours are, below and above which filters are said to be noise, and shapes; the least side for such words."""


def filters_section(
    small: Small, found: Filters, beside: tuple[Small, Filters] | None = None
) -> tuple[Section, dict[str, float]]:
    """Show the filters of the first layer as one array, and say what they look like; return that in numbers, too."""
    across = 16
    rows = -(-min(len(found), found.most) // across)
    numbers = of_filters(found)
    answer = looking(small.name, numbers, len(found), found.weights.shape[-1])
    if beside is not None:
        answer += " " + nearer(small.name, numbers, beside[0].name, of_filters(beside[1]))
    units = next(layer.units for layer in small.network.layers.values() if layer.name == found.layer)
    if units > len(found):
        answer += f" The layer gives {units} maps, as each filter is used once more, as its mirror image."
    side = found.weights.shape[-1]
    section = Section(
        f"The {side} x {side} filters of {small.name}",
        "Each filter is stretched on its own: its least value is taken away, then it is divided by its new largest value. Its "
        "three colours share these two numbers.",
        (
            picture(
                found.figure(),
                f"{len(found)} filters of {side} x {side} in {rows} rows of {min(across, len(found))}",
                f"The first layer's {len(found)} filters, {rows} x {min(across, len(found))}.",
                f"seethrough see filters --net {small.name} -o filters.png",
            ),
        ),
        task="Show all filters of the first layer as one picture, stretched filter by filter.",
        answer=answer,
        numbers={"filters": len(found), "side": side, "rows": rows, "columns": min(across, len(found)), **numbers},
        level=3,
    )
    return section, numbers


def of_filters(found: Filters) -> dict[str, float]:
    """Return what filters look like, in numbers."""
    return {
        "alike beside": alike_beside(found.weights),
        "of colour": float((colour_shares(found.weights) >= COLOURED).float().mean()),
        "deviation": float(found.weights.std()),
    }


def looking(name: str, numbers: dict[str, float], count: int, side: int) -> str:
    """Say what filters look like, by what was measured."""
    alike, coloured = numbers["alike beside"], round(numbers["of colour"] * count)
    colour = (
        f"in {coloured} of {count} filters more than half of what varies is colour, the other {count - coloured} are mostly "
        "light against dark"
    )
    if side < LEAST:
        return f"With {side} x {side} weights there are no shapes to see, only colours and directions: {colour}."
    shape = (
        "fine grain, with few clear shapes"
        if alike < NOISE
        else "broad and smooth shapes"
        if alike > BROAD
        else "shapes with grain over them"
    )
    return (
        f"Neighbouring weights in the filters of {name} are alike by {alike:.2f} (1 would be broad shapes, 0 noise): {shape}. "
        f"{colour[0].upper()}{colour[1:]}."
    )


def nearer(name: str, numbers: dict[str, float], other: str, others: dict[str, float]) -> str:
    """Say whose filters are smoother."""
    gap = numbers["alike beside"] - others["alike beside"]
    if abs(gap) < 0.02:
        return f"By that number they are as smooth as those of {other} ({others['alike beside']:.2f})."
    return f"They are {'smoother' if gap > 0 else 'grainier'} than those of {other} ({others['alike beside']:.2f})."


def loss_section(small: Small) -> Section:
    """Draw the training loss by epoch."""
    figure, panels = sheet(1, 1, cell=(3.6, 6), title=f"Training loss of {small.name}, from its card")
    epochs = [float(epoch) for epoch in range(1, len(small.losses) + 1)]
    show_curve(panels[0, 0], epochs, {"loss": small.losses}, across="epoch", upward="cross entropy", marks=True)
    code = "\n".join(
        (
            "from seethrough.networks.from_card import BUNDLED, read_card",
            "from seethrough.plots import sheet, show_curve",
            "",
            f'losses = read_card(BUNDLED / "{small.name}.json")["curves"]["loss"]',
            "figure, panels = sheet(1, 1, cell=(3.6, 6))",
            'show_curve(panels[0, 0], range(1, len(losses) + 1), {"loss": losses}, across="epoch", upward="cross entropy")',
            'figure.savefig("loss.png")',
        )
    )
    return Section(
        "The training loss",
        "This curve is from the network's card: it was drawn up when the network was trained, not in this run.",
        (picture(figure, "A curve of the training loss by epoch", "The mean cross entropy of each epoch.", code),),
        task="Show the training loss by epoch.",
        answer=falling(small.losses),
        numbers={"loss": small.losses, "from": "the card"},
        level=3,
    )


def falling(losses: list[float]) -> str:
    """Say how a loss went."""
    first, last = losses[0], losses[-1]
    up = [place + 2 for place, (one, other) in enumerate(pairwise(losses)) if other > one]
    way = f"It rose in epoch {listed([str(one) for one in up])}" if up else "It fell in every epoch"
    late = losses[-2] - last if len(losses) > 1 else 0.0
    end = (
        f", and by {late:.3f} in the last: the network had not stopped learning"
        if late > 0.01 * first
        else ", and hardly changed in the last"
    )
    return (
        f"The loss went from {first:.3f} in the first epoch to {last:.3f} in epoch {len(losses)}. {way}{end}. Guessing among "
        f"ten classes costs {torch.tensor(10.0).log():.3f}."
    )


def accuracy_section(desk: Desk, small: Small) -> Section:
    """Show the test accuracy, class by class."""
    shown: tuple[Picture, ...] = ()
    if small.confusion is not None:
        figure, panels = sheet(1, 1, cell=(4.2, 5.2), title=f"{small.name} on {small.measured:,} test pictures")
        show_confusion(panels[0, 0], small.confusion, tuple(small.card["labels"]))
        shown = (
            picture(
                figure,
                "How many test pictures of each class are read as each",
                "Rows: what a picture shows; columns: what it is read as.",
                reading_code(desk, small),
            ),
        )
    return Section(
        "The test accuracy",
        pictures=shown,
        tables=(by_class_table([small]),),
        task="What is the accuracy on the test data?",
        answer=by_class(small),
        numbers={"accuracy": small.accuracy, "measured on": small.measured, "by class": small.by_class},
        level=3,
    )


def reading_code(desk: Desk, small: Small) -> str:
    """Return the Python that counts the confusions."""
    some = f".part(range({small.measured}))" if desk.quick else ""
    folder = desk.root / "cifar10"
    name, root = (str(folder), "") if (folder / "test.npz").is_file() else ("cifar10", f", root={str(desk.root)!r}")
    return "\n".join(
        (
            "import torch",
            "from seethrough import datasets, load",
            "from seethrough.plots import sheet",
            "from seethrough.plots.confusion import show_confusion",
            "",
            f'network, counts = load("{small.name}"), torch.zeros(10, 10, dtype=torch.long)',
            f"data = datasets.load({name!r}, 'test'{root}){some}",
            "for batch in datasets.stream(data, network.frame, batch=250):",
            "    read = network(batch.images).argmax(1).cpu()",
            "    counts += torch.bincount(data.labels[batch.places] * 10 + read, minlength=100).view(10, 10)",
            "figure, panels = sheet(1, 1, cell=(4.2, 5.2))",
            "show_confusion(panels[0, 0], counts, data.classes)",
            'figure.savefig("confusion.png")',
        )
    )


def by_class(small: Small) -> str:
    """Say how accurate a network is, and on what most and least."""
    ranked = sorted(small.by_class.items(), key=lambda one: one[1])
    (worst, low), (best, high) = ranked[0], ranked[-1]
    return (
        f"{small.name} reads {small.says()} rightly. It is best at {best} ({percent(high)}) and worst at {worst} "
        f"({percent(low)})."
    )


def by_class_table(smalls: list[Small]) -> Table:
    """Return the accuracy of networks on every class, side by side."""
    rows = [(name, *(percent(small.by_class[name]) for small in smalls)) for name in smalls[0].by_class]
    total = ("all", *(percent(small.accuracy) for small in smalls))
    source = (
        "measured in this run"
        if all(small.measured for small in smalls)
        else "from the cards, not measured in this run"
    )
    return Table(("class", *(small.name for small in smalls)), (*rows, total), f"Test pictures read rightly: {source}.")


def compared(smalls: list[Small], what: str) -> Picture:
    """Draw trainings side by side."""
    names = [small.name for small in smalls]
    return picture(
        train.compare(names).figure(),
        f"Training loss by epoch and accuracy of {listed(names)}",
        f"The training loss {what}. Curves and bars are from the cards, not of this run.",
        f"seethrough train compare {' '.join(names)} --sheet compare.png",
    )
