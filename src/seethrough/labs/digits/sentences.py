"""The answers of parts 1 and 2: what is said follows from the numbers it is given."""

import math
from collections.abc import Mapping, Sequence

from seethrough.labs.words import counted
from seethrough.percent import percent

CHANCE = 2.0
"""Differences of so many standard errors may be chance."""


def training(
    errors: Sequence[float], validated: Sequence[float], right: float, bundled: float, tested: int, data: str
) -> str:
    """Say how the curves ran, and how good the networks are."""
    first, last = errors[0], errors[-1]
    fell = "fell" if last < first else "did not fall"
    said = f"The training error {fell}: {percent(first)} after the first epoch, {percent(last)} after the last. "
    said += f"The validation error went from {percent(validated[0])} to {percent(validated[-1])}"
    best = min(range(len(validated)), key=lambda place: validated[place])
    if validated[-1] > validated[best]:
        said += (
            f"; it was lowest in epoch {best + 1}, at {percent(validated[best])}, and the weights of that epoch "
            "were kept"
        )
    gap = validated[-1] - last
    if gap > 0.02:
        said += f". At the end it is {percent(gap)} above the training error: the network learns by heart"
    elif last - validated[-1] > 0.005:
        said += ". It lies below the training error, which is taken while the network is still learning"
    else:
        said += ". The two end close together: there is no sign of learning by heart"
    better = "more" if bundled > right else "fewer" if bundled < right else "as many"
    return (
        f"{said}.\n\nOf the {tested:,} test pictures of {data} the network trained here reads {percent(right)} "
        "rightly. The "
        f"bundled mnist-cnn reads {percent(bundled)} of them rightly, "
        f"{better}{' than' if better != 'as many' else ' as'} the "
        "one trained here."
    )


def samples(right: int, shown: int, whole: str) -> str:
    """Say how many of the drawn pictures are read rightly, beside the whole."""
    said = counted(right, shown, "pictures")
    return f"In the rows drawn by chance {said} are read rightly; of the whole test part {whole}."


def counts(what: str, counted_by_family: Mapping[str, int]) -> str:
    """Say how many there are, and where."""
    total, conv = counted_by_family["total"], counted_by_family["convolutional"]
    full, other = counted_by_family["fully connected"], counted_by_family["other"]
    more = f", and {other:,} in others (batch norm)" if other else ""
    larger = "fully connected" if full > conv else "convolutional"
    return (
        f"The network has {total:,} {what}: {conv:,} in its convolutional layers ({percent(conv / total)}) and "
        f"{full:,} in its "
        f"fully connected layers ({percent(full / total)}){more}. Most of them are {larger}."
    )


def spread(right: float, tested: int) -> float:
    """Return the standard error of a share of so many pictures."""
    return math.sqrt(right * (1 - right) / tested)


def batch_norm(
    right: Sequence[float],
    bundled: Sequence[float],
    tested: int,
    seconds: Sequence[float],
    of_cards: Sequence[float],
    losses: Sequence[float],
    normed: Sequence[float],
) -> str:
    """Say whether batch norm improves the accuracy, and what it does to the time."""
    said = f"Of the two trained here: {_difference(right, tested)} Of the bundled two: {_difference(bundled, tested)}"
    faster = (
        "With batch norm the first epoch ends at a lower loss"
        if normed[0] < losses[0]
        else "With batch norm the first epoch does not end at a lower loss"
    )
    said += f"\n\n{faster} ({normed[0]:.3g}, without {losses[0]:.3g})"
    # How many epochs it takes to come below the other's last loss.
    reached = next((epoch for epoch, value in enumerate(normed, 1) if value <= losses[-1]), None)
    if reached is not None and reached < len(losses):
        said += f", and after {reached} of {len(losses)} epochs it is where the other ends"
    ratio, other = seconds[1] / seconds[0], of_cards[1] / of_cards[0]
    said += (
        f".\n\nAn epoch {_time(ratio)} with batch norm: {seconds[1]:.3g} s, without {seconds[0]:.3g} s ({ratio:.2g} times as "
        f"long). By their cards it {_time(other)} for the bundled two ({other:.2g} times as long). "
    )
    said += (
        "The two do not agree: seconds depend on what else the machine does, so this is no finding."
        if _time(ratio) != _time(other)
        else "Seconds depend on the machine and on what else it does, so only large differences count."
    )
    return said


def _time(ratio: float) -> str:
    return "takes longer" if ratio > 1.1 else "takes less time" if ratio < 0.9 else "takes about as long"


def _difference(right: Sequence[float], tested: int) -> str:
    plain, normed = right
    doubt = CHANCE * math.hypot(spread(plain, tested), spread(normed, tested))
    pair = f"{percent(plain)} without and {percent(normed)} with batch norm"
    if abs(normed - plain) <= doubt:
        why = f"a difference that chance explains with {tested:,} test pictures: it may be off by {percent(doubt)}"
        return f"{pair}, {why}."
    return f"{pair}: batch norm {'improves' if normed > plain else 'lowers'} the test accuracy."


def first_filters(kinds: Mapping[str, int], power: Mapping[str, float]) -> str:
    """Say what patterns the first filters are, from how many are mostly of each kind, and each kind's share of the power."""
    chance = {"even": 1 / 9, "edge": 2 / 9, "spot": 6 / 9}
    words = {"even": "evenness", "edge": "edges", "spot": "lines, corners and spots"}
    most = max(chance, key=lambda name: power[name] / chance[name])
    yes = power[most] > 1.25 * chance[most]
    return (
        f"{'Yes' if yes else 'Hardly'}: of {sum(kinds.values())} filters {kinds['edge']} are mostly edges (dark on "
        "one side, bright "
        f"on the other), {kinds['spot']} mostly lines, corners or spots, and {kinds['even']} mostly even, which "
        "measure how "
        f"bright it is there. Nine random numbers would have {percent(chance['even'])} of their power in evenness, "
        f"{percent(chance['edge'])} in edges and {percent(chance['spot'])} in the rest; these filters have "
        f"{percent(power['even'])}, {percent(power['edge'])} and {percent(power['spot'])}. "
        + (
            f"So training has made them look for {words[most]}."
            if yes
            else "So they are not far from random numbers: with 3 x 3 pixels there is little room for a pattern."
        )
    )


def later_filters(first: Mapping[str, float], later: Mapping[str, float], reads: int, field: int) -> str:
    """Compare a later convolution's slices with the first filters."""
    words = {"even": "evenness (how bright it is)", "edge": "edges", "spot": "lines, corners and spots"}
    grown = max(words, key=lambda name: later[name] - first[name])
    return (
        f"A filter of the later layer is {reads} slices, one for each map that it reads, and what it looks for is "
        "the sum "
        "of what they find there: no slice by itself shows it, and to the eye they look like chance. It sees "
        f"{field} x {field} pixels of the picture, where the first see 3 x 3. Of its power {percent(later['even'])} "
        "is even, "
        f"{percent(later['edge'])} edges and {percent(later['spot'])} the rest; in the first layer "
        f"{percent(first['even'])}, {percent(first['edge'])} and {percent(first['spot'])}. "
        + (
            f"What has grown most is {words[grown]}."
            if later[grown] - first[grown] > 0.05
            else "The mixture is much the same in both."
        )
        + " The maps that it reads have found edges and strokes already; a later filter puts them together."
    )


def depth(
    layers: Sequence[str], alike: Sequence[float], active: Sequence[float], apart: Sequence[float], hidden: str
) -> str:
    """Say what changes with depth, from the pixels on: likeness, activity, and how far classes are apart.

    The last of `apart` is that of the `hidden` layer before the scores.
    """
    come = apart[-2] > apart[0] + 0.02
    said = [
        f"The maps come to look {'less' if alike[-1] < alike[1] else 'no less'} like the picture: the correlation of "
        "a map "
        f"with it is {alike[1]:.2f} at {layers[1]} and {alike[-1]:.2f} at {layers[-1]}.",
        f"{'Fewer' if active[-1] < active[1] else 'No fewer'} units are at work: {percent(active[1])} are above zero "
        "at "
        f"{layers[1]}, {percent(active[-1])} at {layers[-1]}.",
        f"In the convolutions the classes {'come a little apart' if come else 'do not come apart yet'}: "
        f"{percent(apart[0])} of the variance lies between classes in the pixels, {percent(apart[-2])} at "
        f"{layers[-1]}; at "
        f"{hidden}, from which the scores are made, it is {percent(apart[-1])}.",
        "The maps get smaller as well, as each pool halves height and width: where something is gets coarser.",
    ]
    return " ".join(said)


def occlusion(
    clear: float,
    on_ink: float,
    off_ink: float,
    lost_on: float,
    lost_off: float,
    black_on: float,
    black_off: float,
    least: float,
    block: int,
) -> str:
    """Say whether the network looks at the digit: its probability with grey and black patches on and off the ink."""
    drop_on, drop_off = clear - on_ink, clear - off_ink
    said = (
        f"Uncovered, the digits have a probability of {percent(clear)} on average. With a grey patch of {block} x "
        f"{block} on "
        f"{least * 100:.0f} % of the ink or more it is {percent(on_ink)}, with one that covers no ink "
        f"{percent(off_ink)}; it falls "
        f"below a half in {percent(lost_on)} and {percent(lost_off)} of these places. "
    )
    if drop_on > 2 * max(drop_off, 0.0) and drop_on > 0.01:
        said += "So the answer comes mainly from the digit itself and not from the background. "
    elif drop_on > max(drop_off, 0.0):
        said += "So the digit counts for more than the background, but what stands in the background counts too. "
    else:
        said += "So a grey patch on the digit costs no more than one beside it. "
    if drop_off > 0.02:
        said += (
            "A grey patch beside the digit is not nothing: on black it is a bright spot, which the network reads as "
            "ink. "
            if black_off > off_ink
            else "The background counts even where it stays black. "
        )
    said += (
        f"With a black patch, which only takes ink away, it is {percent(black_on)} on the ink and "
        f"{percent(black_off)} off it"
    )
    if clear - black_on > 0.02:
        return f"{said}: without these strokes some digits could be others. Dark cells of a grid are such places."
    return f"{said}: no such patch by itself hides enough of a digit to matter."
