"""The answers of part 3 and the optional parts: what is said follows from the numbers it is given."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from seethrough.labs.digits.measures import Judged
from seethrough.labs.words import counted, listed
from seethrough.percent import percent

LOOKS, PARTLY = 0.7, 0.35
"""From which share of what real digits get pictures count as looking like the digits wanted, and as doing so in part."""
WHY = (
    "A reason: the network has learned only what sets the ten digits apart, not what a digit is; it never saw a "
    "picture of "
    "anything else and has no way to say that there is no digit. The gradient moves all 784 pixels at once, each a "
    "little in the "
    "direction that helps, and these add up long before there is a stroke."
)


def likeness(found: Judged, real: Judged) -> str:
    """Tell whether pictures look like digits (yes), do so in part (part), or do not (no).

    All must agree: where the ink lies (the correlation with the mean digit, and which mean digit is nearest), and what the
    other network reads; a network by itself may be fooled too.
    """
    shares = (
        found.mean_alike / real.mean_alike,
        sum(found.by_mean) / max(sum(real.by_mean), 1) * len(real.alike) / len(found.alike),
        sum(found.by_other) / max(sum(real.by_other), 1) * len(real.alike) / len(found.alike),
    )
    return "yes" if min(shares) >= LOOKS else "part" if min(shares) >= PARTLY else "no"


def looks(found: Judged, real: Judged) -> str:
    """Say whether pictures look like digits, by judges that took no part, beside how real ones fare."""
    many, like = len(found.alike), likeness(found, real)
    answer = {"yes": "Yes", "part": "In part", "no": "No"}[like]
    fooled = sum(found.by_other) >= LOOKS * many and like == "no"
    return (
        f"{answer}. Their correlation with the mean digit of the class is {found.mean_alike:.2f}, that of real test "
        "digits "
        f"{real.mean_alike:.2f}. For {counted(sum(found.by_mean), many, 'pictures')} the mean digit that is nearest "
        "is the one wanted "
        f"(of real digits for {percent(sum(real.by_mean) / len(real.alike))}). {found.other}, which took no part in "
        "this, reads "
        f"{counted(sum(found.by_other), many, 'pictures')} as wanted (of real digits "
        f"{percent(sum(real.by_other) / len(real.alike))})"
        + (": features of the class are there that it knows too, but no digit." if fooled else ".")
    )


def from_noise(sure: Sequence[float], steps: Sequence[int], begun: str, found: Judged, real: Judged) -> tuple[str, str]:
    """Say whether the network is sure of what was made from noise, and whether that looks like digits."""
    high = sum(value >= 0.9 for value in sure)
    confident = "Yes" if high == len(sure) else "Mostly" if high > len(sure) / 2 else "No"
    taken = sorted(steps)
    one = (
        f"{confident}: {counted(high, len(sure), 'images')} are read as their class with 90 % or more (the least has "
        f"{percent(min(sure))}). It takes {taken[0]} to {taken[-1]} steps to 99 %. The noise that all begin from is "
        f"read as {begun}."
    )
    two = looks(found, real)
    return one, two if likeness(found, real) == "yes" else f"{two} {WHY}"


def cost(first: Sequence[float], last: Sequence[float], upward: float) -> str:
    """Say whether the cost rises: the scores at the first and last step, and the share of steps that go up."""
    rose = sum(after > before for before, after in zip(first, last, strict=True))
    many = len(first)
    way = "It increases" if rose == many else f"It increases for {rose} of {many}" if rose else "It does not increase"
    even = (
        "at nearly every step"
        if upward > 0.98
        else f"in {percent(upward)} of the steps, and falls in the others, where the step is longer than the "
        "straight stretch ahead"
    )
    return (
        f"{way}, as gradient ascent should: the scores (logits) go from {_mean(first):.1f} on average to "
        f"{_mean(last):.1f}, upwards "
        f"{even}."
    )


def lookalike(read: int, many: int, distance: float, apart: float, found: Judged, real: Judged, kept: float) -> str:
    """Say whether images look like their target image and are read as another class: how far they are, and what judges say."""
    answer = {
        "yes": "Yes, now they look like numbers",
        "part": "In part they look like numbers",
        "no": "They do not look like numbers",
    }[likeness(found, real)]
    near = distance < apart / 2
    return (
        f"{answer}: like the digit of the target image, not like the class that the network reads. "
        f"{counted(read, many, 'images').capitalize()} are read as the class wanted, with {percent(kept)} on "
        "average. They are "
        f"{distance:.0f} of 255 levels from their target image (root mean square), where two different digits are "
        f"{apart:.0f} apart: "
        f"{'near to it' if near else 'not near to it'}.\n\nWhether they look like the digit of the target image: "
        f"{looks(found, real)}"
    )


def betas(rows: Sequence[tuple[float, int, float]], many: int) -> str:
    """Say what beta does, from rows of beta, how many are read as wanted, and how far those are from their target image."""
    reached = [row for row in rows if row[1]]
    if not reached:
        return "None of these betas fools the network."
    loose, tight = reached[0], reached[-1]
    falls = all(later[2] < earlier[2] for earlier, later in pairwise(reached))
    said = f"{'The larger beta, the nearer the image is to its target' if falls else 'From the smallest beta to the largest'}: "
    said += f"{loose[2]:.0f} levels at beta = {loose[0]:g}, {tight[2]:.0f} at {tight[0]:g}. "
    fewer = rows[-1][1] < rows[0][1]
    said += (
        f"{'But fewer are misread then' if fewer else 'As many are misread then'}: "
        f"{counted(rows[0][1], many, 'images')} at "
        f"{rows[0][0]:g}, {counted(rows[-1][1], many, 'images')} at {rows[-1][0]:g}. "
    )
    full = [row for row in rows if row[1] == many]
    if full:
        best = full[-1]
        return (
            said + f"The largest beta here with which all of them are misread is {best[0]:g}, at {best[2]:.0f} levels."
        )
    return said + "No beta tried here fools the network with all of them; above, each image has its own."


def additive(learned: int, many: int, size: float, largest: float, same: int) -> str:
    """Say how many noises do on their own image what they should, and how large they are."""
    left = f" {counted(same, many, 'noises')} came to nothing." if same else ""
    return (
        f"{counted(learned, many, 'noises').capitalize()} make the image that they were learned on read as their "
        "class. A noise moves "
        f"a pixel by {size:.0f} of 255 levels (root mean square), and none by more than {largest:.0f}: the digit is "
        f"still plain to see.{left}"
    )


def carried(taken: int, wrong: int, many: int, by_class: Mapping[str, int], mean_size: float) -> str:
    """Say how far noises carry to pictures that they were not learned on."""
    strong = [name for name, count in by_class.items() if count >= many**0.5 / 2]
    share = taken / many
    answer = (
        "They carry over well"
        if share >= 0.6
        else "They carry over in part"
        if share >= 0.25
        else "They hardly carry over"
    )
    own = many**0.5
    return (
        f"{answer}: of {many} readings {taken} are the noise's class ({own:.0f} of them would be so without any "
        "noise, for the digits "
        f"that show that class), and {wrong} are wrong. "
        + (f"At least half of the ten become the class under the noise of {listed(strong)}. " if strong else "")
        + f"A noise is fitted to the strokes of its own image: it takes away and adds ink ({mean_size:.0f} levels on "
        "average) where that "
        "digit has it, and on a digit with its strokes elsewhere much of that means something else, or nothing."
    )


def optimised(found: Judged, real: Judged, sure: Sequence[float], zeros: Judged) -> str:
    """Say whether images by optimisation look like numbers, and how the network sees them."""
    high = sum(value >= 0.9 for value in sure)
    return (
        f"{counted(high, len(sure), 'images').capitalize()} are read as their class with 90 % or more. Do they look "
        "like a number? "
        f"{looks(found, real)} Of the ten that begin from zeros, {sum(zeros.by_mean)} have the mean digit of their "
        "class as the nearest, "
        f"and {zeros.other} reads {sum(zeros.by_other)} as wanted."
        + ("" if likeness(found, real) == "yes" else f" {WHY}")
    )


def penalty(norms: Sequence[tuple[float, float, float]]) -> str:
    """Say what lambda does, from rows of lambda, the image's norm and its score, the smallest lambda first."""
    first, last = norms[0], norms[-1]
    return (
        f"With lambda = {first[0]:g} the images have a norm of {first[1]:.1f} and a score of {first[2]:.0f} on "
        "average, with "
        f"{last[0]:g} a norm of {last[1]:.1f} and a score of {last[2]:.0f}: "
        + (
            "the penalty leaves only the pixels that are worth their ink."
            if last[1] < first[1]
            else "in this run the penalty does not make them smaller."
        )
    )


def units(rows: Sequence[tuple[str, float, float]], alike: float, real: float) -> str:
    """Say what is seen when units are maximised: layer, what was reached, and the most that test pictures give."""
    beyond = sum(reached > most for _, reached, most in rows)
    ratio = sorted(reached / most for _, reached, most in rows if most > 0)
    middle = f" (in the middle {ratio[len(ratio) // 2]:.1f} times as much)" if ratio else ""
    like = alike >= 0.7 * real
    return (
        f"{counted(beyond, len(rows), 'units').capitalize()} are excited more than by any of 200 test "
        f"pictures{middle}. "
        + (
            "The images are like digits: "
            if like
            else "None of it is a digit: a unit asks for one pattern, a stroke or an edge in one direction, "
            "everywhere at once. "
        )
        + f"Their correlation with the nearest mean digit is {alike:.2f} on average, that of real digits with their "
        f"own {real:.2f}."
    )


def prevention(
    eps: Sequence[float],
    plain: Sequence[float],
    robust: Sequence[float],
    clean: tuple[float, float],
    seconds: tuple[float, float],
) -> str:
    """Say what training against attacks buys (shares read rightly, by distance) and costs (accuracy, seconds an epoch)."""
    at = len(eps) - 1
    better = robust[at] > plain[at]
    loss = clean[0] - clean[1]
    price = (
        f"costs {percent(loss)} of the test pictures" if loss > 0 else "costs nothing on the test pictures as they are"
    )
    return (
        f"{'Training against attacks helps' if better else 'Training against attacks does not help here'}: when PGD "
        "may move every "
        f"pixel by {eps[at]:g}, the plain network still reads {percent(plain[at])} of the pictures rightly, the "
        "hardened one "
        f"{percent(robust[at])}. It {price} ({percent(clean[0])} plain, {percent(clean[1])} hardened), and by the "
        "cards an epoch took "
        f"{seconds[1]:.0f} s in place of {seconds[0]:.0f} s, as every batch is attacked first."
    )


NOISE = "3a: correlation of images from noise with the mean digit"
ALIKE = "3b: levels from the target image, of 255"
ADDED = "3c: of ten noises, those that make their image read as their class"
NEAREST = "distance of the nearest misread image (L2)"


def repeated(found: Mapping[str, tuple[float, float]], hardened: Judged, real: Judged) -> str:
    """Compare the attacks on the plain and on the hardened network, and say what is seen on the hardened one."""
    plain, hard = found[NEAREST]
    far = (
        f"An image has to be moved {hard / plain:.1f} times as far before the hardened network misreads it "
        f"({hard:.2f}, plain {plain:.2f})"
    )
    far = (
        far
        if hard > plain
        else f"An image need not be moved farther on the hardened network ({hard:.2f}, plain {plain:.2f})"
    )
    added = (
        f"of ten noises no larger than before {found[ADDED][1]:.0f} do on it what they should (plain "
        f"{found[ADDED][0]:.0f})"
    )
    alike = (
        f"images that look like one digit and are read as another are {found[ALIKE][1]:.0f} levels from their target "
        "image "
        f"(plain {found[ALIKE][0]:.0f})"
    )
    before, after = found[NOISE]
    seen = (
        "What climbs out of noise is "
        f"{'more' if after > before + 0.05 else 'less' if after < before - 0.05 else 'no more'} like a digit "
        f"on the hardened network: the correlation with the mean digit is {after:.2f}, on the plain one "
        f"{before:.2f}. Do those images "
        f"look like numbers? {looks(hardened, real)}"
    )
    return f"{far}; {added}; {alike}.\n\n{seen}"


def cheap(rows: Sequence[tuple[str, float, float, float]], none: float, eps: float) -> str:
    """Say what cheap defences do: name, clean accuracy, accuracy on attacked pictures, and when the attack knows of it."""
    said = [f"Without a defence {percent(none)} of the attacked pictures are read rightly."]
    for name, clean, blind, aware in rows:
        helps = "helps" if blind > none + 0.1 else "hardly helps"
        then = (
            f"but an attack that goes through it leaves {percent(aware)}"
            if aware < blind - 0.1
            else f"and an attack that goes through it leaves {percent(aware)}"
        )
        said.append(
            f"{name.capitalize()} {helps}: {percent(blind)} while the attack does not know of it, {then} (pictures "
            "as they are: "
            f"{percent(clean)})."
        )
    holds = [name for name, _, _, aware in rows if aware > none + 0.3]
    if any("two levels" in name for name in holds):
        said.append(
            f"Black or white holds because ink is nearly so by itself: a step of {eps:g} cannot carry a pixel from "
            "one side of a half to "
            "the other. It would not help where the greys matter, as in photos."
        )
    if not holds:
        said.append("None of them holds against an attacker who knows of it.")
    return " ".join(said)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
