"""Part 1: the network trained, tested, measured and counted, and what batch norm does to it."""

from collections.abc import Sequence

import torch

from seethrough import load, train
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.digits import sentences, trainings
from seethrough.labs.digits.batch_norm import SHIPPED, Tested, batch_norm
from seethrough.labs.digits.drawn import rows_of_pictures
from seethrough.labs.digits.material import (
    DIGITS,
    Examples,
    Material,
    code,
    drawn,
    examples,
    material,
    pixels_of,
    readings,
)
from seethrough.labs.document import Sections
from seethrough.networks.network import Network
from seethrough.percent import percent
from seethrough.plots import sheet, show_curve
from seethrough.report import Picture, Section, Table, picture
from seethrough.results.training_comparison import TrainingComparison

SHOWN = 20


def classify(desk: Desk) -> Job[Sections]:
    """Make part 1."""
    here = material(desk)
    plain = yield from trainings.trained(desk, here, trainings.PLAIN)
    normed = yield from trainings.trained(desk, here, trainings.NORMED)
    own = {
        "trained here": (f"{trainings.PLAIN}, trained in this run", trainings.network_in(plain)),
        "trained here, batch norm": (f"{trainings.NORMED}, trained in this run", trainings.network_in(normed)),
        **{name: (f"{name}, bundled", load(name)) for name in SHIPPED},
    }
    if desk.network.name not in own:
        own[desk.network.name] = (f"{desk.network.name}, the network of this page", desk.network)
    tested: dict[str, Tested] = {}
    for place, (name, (said, network)) in enumerate(own.items()):
        pixels = pixels_of(here.test, slice(None))
        right = float((readings(network, pixels).argmax(1) == here.test.labels).double().mean())
        tested[name] = Tested(name, said, network, right)
        yield Step(place + 1, len(own))
    runs = train.compare([plain, normed])
    return (
        _heading(desk, here),
        _curves(desk, here, runs, tested),
        _samples(desk, here),
        _dimensions(desk),
        *_counts(desk),
        batch_norm(desk, here, runs, tested),
    )


def _heading(desk: Desk, here: Material) -> Section:
    planned = trainings.plan(desk, here)
    text = (
        f"{here.said}\n\nTwo kinds of networks stand side by side here. Those that come with seethrough (mnist-cnn and "
        "mnist-cnn-bn) were trained on the 60,000 pictures of MNIST for 20 epochs (an epoch is one pass through all "
        "pictures); "
        "they have no validation part, as every picture was learned from. Two more were trained while this page was "
        "made, "
        f"from nothing, on {planned.pictures:,} pictures of {here.name} for {planned.epochs} epochs, a tenth of the "
        "pictures "
        "being set aside to validate on. They show what a training looks like; they are not the best one could have."
    )
    return Section(
        f"1. Classifying digits with a CNN{here.in_title}",
        text,
        task="Train a small convolutional network with ReLUs (conv 32 3x3, pool, conv 32 3x3, pool, 500, 10) to read "
        "digits.",
        numbers={
            "data": here.name,
            "stands in for MNIST": here.stands_in,
            "learned from": planned.pictures,
            "epochs": planned.epochs,
        },
    )


def _curves(desk: Desk, here: Material, runs: TrainingComparison, tested: dict[str, Tested]) -> Section:
    column = {name: runs.column(0, name) for name in ("loss", "validation loss", "accuracy", "validation accuracy")}
    errors = {
        "training": [1 - value for value in column["accuracy"]],
        "validation": [1 - value for value in column["validation accuracy"]],
    }
    epochs = [float(epoch) for epoch in range(1, len(column["loss"]) + 1)]
    figure, panels = sheet(1, 3, cell=(3.4, 3.9), title=f"{trainings.PLAIN}, trained in this run on {here.name}")
    losses = {"training": column["loss"], "validation": column["validation loss"]}
    accuracy = {"training": column["accuracy"], "validation": column["validation accuracy"]}
    for panel, name, lines in zip(panels[0], ("loss", "error", "accuracy"), (losses, errors, accuracy), strict=True):
        show_curve(panel, epochs, lines, across="epoch", upward=name, title=name, marks=True)
        panel.get_xaxis().get_major_locator().set_params(integer=True)
    shown = picture(
        figure,
        "Three panels over the epochs: loss, error and accuracy, each for the training and the validation part",
        "Error is the share of pictures read wrongly, accuracy the rest. The training numbers of an epoch are "
        "measured while the "
        "network learns, so they lag behind those of the validation part, which are measured when the epoch is over.",
        trainings.code(
            desk, here, trainings.PLAIN, after=f'print(train.compare(["runs/{trainings.PLAIN}", "mnist-cnn"]).table())'
        ),
    )
    cards = train.compare(SHIPPED)
    own = tested["trained here"]
    table = Table(
        ("network", "trained on", "test pictures read rightly", "of"),
        tuple(
            (
                one.said,
                here.name if name.startswith("trained here") else "MNIST" if name in SHIPPED else "see its card",
                percent(one.right),
                f"{len(here.test):,}",
            )
            for name, one in tested.items()
        ),
        f"Average accuracy on the whole test part of {here.name}.",
    )
    return Section(
        "1.1 Training error, validation error and accuracy",
        task="Plot training error, validation error and accuracy as the training goes on; report the average "
        "accuracy on the "
        "whole test set.",
        pictures=(shown, _of_cards(cards)),
        tables=(table,),
        answer=sentences.training(
            errors["training"], errors["validation"], own.right, tested["mnist-cnn"].right, len(here.test), here.name
        ),
        numbers={
            **column,
            "training error": errors["training"],
            "validation error": errors["validation"],
            "test pictures": len(here.test),
            "test accuracy": {name: one.right for name, one in tested.items()},
            "card accuracy": dict(zip(SHIPPED, cards.accuracy.tolist(), strict=True)),
        },
        level=3,
    )


def _of_cards(cards: TrainingComparison) -> Picture:
    figure, panels = sheet(
        1, 2, cell=(3.4, 4.6), title="The bundled networks, from their cards: not trained in this run"
    )
    epochs = [float(epoch) for epoch in range(1, cards.curves.shape[1] + 1)]
    losses = {name: cards.column(place, "loss") for place, name in enumerate(cards.runs)}
    errors = {name: [1 - value for value in cards.column(place, "accuracy")] for place, name in enumerate(cards.runs)}
    for panel, name, lines in zip(panels[0], ("training loss", "training error"), (losses, errors), strict=True):
        show_curve(panel, epochs, lines, across="epoch", upward=name, title=name, marks=True)
        panel.get_xaxis().get_major_locator().set_params(integer=True)
    return picture(
        figure,
        "Training loss and training error of mnist-cnn and mnist-cnn-bn over 20 epochs",
        "From the cards of mnist-cnn and mnist-cnn-bn, which were trained elsewhere on all of MNIST: a card is the "
        "record that a "
        "training leaves. There was no validation part. Every picture was bent a little anew in every epoch, which "
        "makes the "
        "training pictures harder than the test pictures.",
        'from seethrough import train\n\nprint(train.compare(["mnist-cnn", "mnist-cnn-bn"]).column(0, "loss"))',
    )


def _samples(desk: Desk, here: Material) -> Section:
    chosen = drawn(here.test, SHOWN, desk.seed)
    read = readings(desk.network, chosen.pixels)
    wrong = _wrong(desk.network, here)
    half = SHOWN // 2
    rows = {
        f"{'drawn by chance' if not first else 'and'}: what they show, and what they are read as": (
            chosen.pixels[first : first + half],
            _words(chosen.names[first : first + half], read[first : first + half]),
        )
        for first in (0, half)
    }
    if wrong.places:
        rows["for comparison: some that are read wrongly"] = (
            wrong.pixels,
            _words(wrong.names, readings(desk.network, wrong.pixels)),
        )
    figure = rows_of_pictures(f"Test pictures of {here.name}, read by {desk.network.name}", rows)
    right = int((read.argmax(1) == chosen.labels).sum())
    shown = picture(
        figure,
        "Test pictures, with the digit that they show and the digit that they are read as under each",
        "Under each picture: the digit it shows, and in the second line what the network reads, with its probability.",
        code(
            desk,
            here,
            f"places = {list(chosen.places)}",
            "read = network.classify(data.pixels[places] / 255, photos=[data.classes[i] for i in data.labels[places]])",
            'read.save("test-pictures.png")',
        ),
    )
    return Section(
        "1.2 Test pictures, with true and predicted class",
        task="Show randomly selected test pictures with their true and their predicted class.",
        pictures=(shown,),
        answer=sentences.samples(right, SHOWN, percent(tested_share(desk.network, here))),
        numbers={"right": right, "shown": SHOWN, "places": list(chosen.places), "wrong shown": list(wrong.places)},
        level=3,
    )


def tested_share(network: Network, here: Material) -> float:
    """Return the share of all test pictures that a network reads rightly."""
    read = readings(network, pixels_of(here.test, slice(None))).argmax(1)
    return float((read == here.test.labels).double().mean())


def _wrong(network: Network, here: Material, most: int = 10) -> Examples:
    read = readings(network, pixels_of(here.test, slice(None))).argmax(1)
    return examples(here.test, (read != here.test.labels).nonzero()[:most, 0].tolist())


def _words(shows: Sequence[str], read: torch.Tensor) -> list[str]:
    return [
        f"{true}\n{'' if DIGITS[int(one.argmax())] == true else 'NOT: '}{DIGITS[int(one.argmax())]} "
        f"{percent(float(one.max()))}"
        for true, one in zip(shows, read, strict=True)
    ]


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _dimensions(desk: Desk) -> Section:
    layers = list(desk.network.layers.values())
    rows = tuple((layer.name, layer.kind, _shape(layer.input_shape), _shape(layer.shape)) for layer in layers)
    scores = (("softmax", "outside the network", _shape(layers[-1].shape), _shape(layers[-1].shape)),)
    return Section(
        "1.3 Dimensions of every layer",
        "Channels x height x width; a single number is the length of a vector. A convolution with a border of one "
        "zero keeps "
        "height and width, a pool of 2 x 2 halves them.",
        tables=(Table(("layer", "kind", "goes in", "comes out"), rows + scores, desk.network.name),),
        code=desk.command("layers"),
        task="Write down the dimensions of the input and output of every layer.",
        numbers={layer.name: {"in": list(layer.input_shape), "out": list(layer.shape)} for layer in layers},
        level=3,
    )


def _counts(desk: Desk) -> tuple[Section, Section]:
    totals = desk.network.totals()
    layers = [layer for layer in desk.network.layers.values() if layer.parameters or layer.neurons]
    of = {
        "parameters": "A convolution has, for each of its filters, a weight for every place and channel it reads, "
        "and one bias; "
        "a fully connected layer a weight for each pair of input and output, and a bias for each output.",
        "neurons": "Here a neuron is one number that a convolution or a fully connected layer gives: channels x "
        "height x width. "
        "ReLUs and pools change such numbers or choose among them, and are not counted again, nor are the input's "
        "784 pixels.",
    }
    found = []
    for number, (what, text) in enumerate(of.items(), start=4):
        rows = [(layer.name, layer.family or "other", f"{getattr(layer, what):,}") for layer in layers]
        rows += [("all together", family, f"{totals[family][what]:,}") for family in totals if totals[family][what]]
        counted = {family: totals[family][what] for family in totals}
        found.append(
            Section(
                f"1.{number} How many {what}?",
                text,
                tables=(Table(("layer", "family", what), tuple(rows), desk.network.name),),
                code=desk.command("layers"),
                task=f"Say exactly how many {what} the network has, in its convolutional and in its fully connected "
                "layers.",
                answer=sentences.counts(what, counted),
                numbers=counted,
                level=3,
            )
        )
    return found[0], found[1]
