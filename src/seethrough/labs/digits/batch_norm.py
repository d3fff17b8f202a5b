"""Part 1: what batch norm does to the accuracy, and to the time that training takes."""

from dataclasses import dataclass

from seethrough import train
from seethrough.labs.desk import Desk
from seethrough.labs.digits import sentences, trainings
from seethrough.labs.digits.material import Material
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_curve
from seethrough.report import Section, Table, picture
from seethrough.results.training_comparison import TrainingComparison

SHIPPED = ("mnist-cnn", "mnist-cnn-bn")


@dataclass(frozen=True)
class Tested:
    """A network, in which words it is spoken of, and the share of the test pictures at hand that it reads rightly."""

    name: str
    said: str
    network: Network
    right: float


def batch_norm(desk: Desk, here: Material, runs: TrainingComparison, tested: dict[str, Tested]) -> Section:
    """Make the section on batch norm."""
    figure, panels = sheet(
        1, 2, cell=(3.4, 4.6), title=f"Without and with batch norm, trained in this run on {here.name}"
    )
    names = ("without", "with batch norm")
    epochs = [float(epoch) for epoch in range(1, runs.curves.shape[1] + 1)]
    for panel, word in zip(panels[0], ("loss", "validation accuracy"), strict=True):
        lines = {name: runs.column(place, word) for place, name in enumerate(names)}
        upward = "training loss" if word == "loss" else word
        show_curve(panel, epochs, lines, across="epoch", upward=upward, title=upward, marks=True)
        panel.get_xaxis().get_major_locator().set_params(integer=True)
    cards = train.compare(SHIPPED)
    right = [tested[name].right for name in ("trained here", "trained here, batch norm")]
    shipped = [tested[name].right for name in SHIPPED]
    seconds = [runs.seconds(place) for place in (0, 1)]
    of_cards = [cards.seconds(place) for place in (0, 1)]
    rows = [
        (tested[name].said, percent(tested[name].right), time, f"{count:,}")
        for name, time, count in zip(
            ("trained here", "trained here, batch norm", *SHIPPED),
            [*seconds, *of_cards],
            [*runs.parameters, *cards.parameters],
            strict=True,
        )
    ]
    head = ("network", f"right of {len(here.test):,} test pictures", "seconds an epoch", "parameters")
    table = Table(
        head,
        tuple(rows),
        "Seconds are the middle one of all epochs, on this machine; of bundled ones from their cards.",
    )
    shown = picture(
        figure,
        "Training loss and validation accuracy by epoch, without and with batch norm",
        "Batch norm brings every channel to mean 0 and variance 1 over the batch, before the ReLU.",
        trainings.code(
            desk,
            here,
            trainings.PLAIN,
            trainings.NORMED,
            after=f'train.compare(["runs/{trainings.PLAIN}", "runs/{trainings.NORMED}"]).save("batch-norm.png")',
        ),
    )
    return Section(
        "1.6 Batch normalisation",
        task="Use batch normalisation. Does it improve the test accuracy? Does it affect the time that training takes?",
        pictures=(shown,),
        tables=(table,),
        answer=sentences.batch_norm(
            right, shipped, len(here.test), seconds, of_cards, runs.column(0, "loss"), runs.column(1, "loss")
        ),
        numbers={
            "test accuracy": dict(zip(names, right, strict=True)),
            "test accuracy of the bundled": dict(zip(SHIPPED, shipped, strict=True)),
            "seconds an epoch": dict(zip(names, seconds, strict=True)),
            "seconds an epoch of the bundled": dict(zip(SHIPPED, of_cards, strict=True)),
            "training loss": {name: runs.column(place, "loss") for place, name in enumerate(names)},
        },
        level=3,
    )
