"""Problem 3, parts 1 and 2: a small CNN on CIFAR-10, and the same with batch normalisation."""

from dataclasses import asdict

from seethrough import see
from seethrough.jobs import Job, part_of
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.pretrained_and_small.material import SMALL
from seethrough.labs.pretrained_and_small.showing import (
    accuracy_section,
    by_class_table,
    compared,
    filters_section,
    loss_section,
)
from seethrough.labs.pretrained_and_small.trained import (
    Small,
    architecture,
    built,
    first_weights,
    of_the_card,
    recipe,
    tested,
)
from seethrough.labs.words import listed
from seethrough.percent import percent
from seethrough.report import Section, Table


def small_cnn(desk: Desk) -> Job[Sections]:
    """Show the filters, the loss, the accuracy and the recipe of the plain network."""
    small = yield from tested(desk, SMALL[0])
    first = see.filters(small.network)
    filters, seen = filters_section(small, first)
    parts = built(small.network)
    numbers = {"network": small.name, "test accuracy": small.accuracy, "measured on": small.measured}
    return (
        Section(
            "Problem 3, Part 1. A small CNN on CIFAR-10",
            of_the_card(small),
            tables=(architecture(small),),
            code=str(small.card["command"]),
            task="Train a CNN of three convolutional layers (64 filters of 11 x 11, then 128 and 128 of 3 x 3) on CIFAR-10, "
            "and show its filters, its training loss, its test accuracy, how its weights began, and its settings.",
            numbers={**numbers, **asdict(parts)},
        ),
        filters,
        loss_section(small),
        accuracy_section(desk, small),
        Section(
            "How the weights began",
            task="How were the weights initialised?",
            answer=first_weights(small, first.weights),
            numbers={"first weights": small.card["recipe"]["first weights"], "deviation now": seen["deviation"]},
            level=3,
        ),
        Section(
            "Architecture and settings",
            tables=(recipe([small]),),
            task="Discuss the architecture and the hyper-parameters.",
            answer=settings(small),
            numbers={"recipe": dict(small.card["recipe"]), "parameters": small.card["parameters"]},
            level=3,
        ),
    )


def batch_norm(desk: Desk) -> Job[Sections]:
    """Set the network with batch normalisation beside the one without."""
    plain, _ = yield from part_of(tested(desk, SMALL[0]), 0, 2)
    normed, _ = yield from part_of(tested(desk, SMALL[1]), 1, 2)
    filters, _ = filters_section(normed, see.filters(normed.network), beside=(plain, see.filters(plain.network)))
    return (
        Section(
            "Problem 3, Part 2. The same with batch normalisation",
            f"Batch normalisation brings what a layer gives to a mean of 0 and a deviation of 1 over the pictures of a batch, "
            f"and then lets the network learn a mean and a deviation of its own. {of_the_card(normed)}",
            (compared([plain, normed], "with and without batch normalisation"),),
            (_epochs([plain, normed]), recipe([plain, normed])),
            code=str(normed.card["command"]),
            task="Add batch normalisation between the hidden layers, and compare the training loss with and without it, epoch "
            "by epoch.",
            answer=losses(plain, normed),
            numbers={"loss": {small.name: small.losses for small in (plain, normed)}},
        ),
        Section(
            "The test accuracy",
            tables=(by_class_table([plain, normed]),),
            task="What is the final test accuracy?",
            answer=better_by(plain, normed),
            numbers={small.name: small.accuracy for small in (plain, normed)},
            level=3,
        ),
        filters,
    )


def settings(small: Small) -> str:
    """Discuss the architecture and the settings."""
    parts, how = built(small.network), small.card["recipe"]
    counts = small.card["counts"]
    last = counts["fully connected"]["parameters"]
    whole = small.network.size[0]
    sees = f"{parts.field} of {whole} pixels across" if parts.field < whole else f"all {whole} pixels across"
    augment = how.get("augment", "none")
    return (
        f"{parts.convolutions} convolutions and {parts.parameters:,} parameters, of which {last:,} are in the last layer: as "
        f"it reads the mean of each map, it stays small whatever the maps' size. A unit of the last convolution sees {sees}, "
        f"so only the mean brings the picture together. It was trained for {how['epochs']} epochs in batches of {how['batch']} "
        f"by {how['optimiser']} at a rate of up to {how['rate']}, with a decay of {how['decay']}"
        + (f"; every picture was changed a little, anew each time ({augment})." if augment != "none" else ".")
        + f" At the end the training pictures were read rightly at {percent(small.card['curves']['accuracy'][-1])}, the test "
        f"pictures at {percent(small.accuracy)}: " + _fitted(small.card["curves"]["accuracy"][-1], small.accuracy)
    )


def _fitted(learnt: float, unseen: float) -> str:
    if learnt - unseen > 0.05:
        return "it knows its training pictures better than others, so more varied pictures would help."
    return "it does as well on pictures it has not seen, so a larger network or longer training could do better."


def losses(plain: Small, normed: Small) -> str:
    """Compare the losses with and without batch normalisation."""
    one, other = plain.losses, normed.losses
    lower = sum(b < a for a, b in zip(one, other, strict=False))
    both = min(len(one), len(other))
    reached = next((epoch for epoch, value in enumerate(other, 1) if value <= one[-1]), None)
    said = [
        f"From the cards: without it the loss goes from {one[0]:.3f} to {one[-1]:.3f} in {len(one)} epochs, with it from "
        f"{other[0]:.3f} to {other[-1]:.3f} in {len(other)}. With it the loss is lower in {lower} of {both} epochs."
    ]
    if reached is None:
        said.append("With it the loss never came down to where the plain network ended.")
    else:
        said.append(
            f"With it the loss was where the plain network ended ({one[-1]:.3f}) after {reached} of {len(one)} epochs."
        )
    differ = [name for name in plain.card["recipe"] if normed.setting(name) != plain.setting(name)]
    said.append(
        f"But the recipes differ in {listed(differ)}, too." if differ else "All else in the recipes is the same."
    )
    return " ".join(said)


def better_by(one: Small, other: Small) -> str:
    """Say how much better the second of two networks is."""
    gap = (other.accuracy - one.accuracy) * 100
    ahead = "better" if gap > 0 else "worse"
    classes = [name for name, share in other.by_class.items() if share > one.by_class[name]]
    return (
        f"{other.name} reads {other.says()} rightly, {one.name} {one.says()}: {abs(gap):.1f} points {ahead}. It is better at "
        f"{len(classes)} of {len(other.by_class)} classes."
    )


def _epochs(smalls: list[Small]) -> Table:
    longest = max(len(small.losses) for small in smalls)
    rows = tuple(
        (epoch + 1, *(small.losses[epoch] if epoch < len(small.losses) else "–" for small in smalls))
        for epoch in range(longest)
    )
    return Table(("epoch", *(small.name for small in smalls)), rows, "Training loss by epoch, from the cards.")
