"""What the captions say of numbers: other numbers, other sentences."""

from collections.abc import Mapping, Sequence

from seethrough.labs.words import counted, listed, moved
from seethrough.percent import percent


def said_invariance(first: Mapping[str, float], last: Mapping[str, float], object_: str) -> str:
    """Say what moves the first layer's features most and what the last's, and whether the object's part grew.

    >>> said_invariance({"shape": 0.1, "light": 0.9}, {"shape": 0.7, "light": 0.3}, "shape")[:60]
    'The early layer moves most with light (90.0 % of the varianc'
    """
    most, most_late = max(first, key=lambda name: first[name]), max(last, key=lambda name: last[name])
    way = moved(first[object_], last[object_])
    meaning = {
        "rose": "towards the top the features say more of what is there, and less of how it is shown",
        "fell": "so this network does not get nearer to what is there towards the top, under these changes",
        "hardly changed": "so depth makes no difference to that here",
    }[way]
    return (
        f"The early layer moves most with {most} ({percent(first[most])} of the variance), the late one with {most_late} "
        f"({percent(last[most_late])}). What the object is: its part {way} from {percent(first[object_])} to "
        f"{percent(last[object_])}; {meaning}."
    )


def said_equivariance(change: str, layers: Sequence[str], none: Sequence[float], linear: Sequence[float]) -> str:
    """Say whether a linear map explains a change better than leaving the features alone, first and last."""
    parts = []
    for place in (0, len(layers) - 1):
        better = linear[place] < none[place]
        parts.append(
            f"at {layers[place]} the linear map leaves an error of {linear[place]:.2f} where the features as they are leave "
            f"{none[place]:.2f}" + ("" if better else ", so it is no help there")
        )
    invariant = none[-1] < none[0]
    end = "come nearer to invariant" if invariant else "do not become more invariant"
    return (
        f"{change.capitalize()}: {'; '.join(parts)}. Towards the top features {end} (without a map {none[0]:.2f} "
        f"to {none[-1]:.2f})."
    )


def said_finetuning(kept: Sequence[str], accuracies: Sequence[float], chance: float) -> str:
    """Say which layers were best kept, and whether keeping all of them cost much.

    >>> said_finetuning(["none", "all"], [0.9, 0.5], 0.1)
    'Best with none kept (90.0 %), worst with all kept (50.0 %); chance is 10.0 %. With all layers kept it is 40.0 '
    'points below the best: features alone are not enough here.'
    """
    best, worst = (max, min)
    at, low = best(accuracies), worst(accuracies)
    gap = 100 * (at - accuracies[-1])
    end = (
        f"With all layers kept it is {gap:.1f} points below the best: features alone are not enough here."
        if gap > 2
        else "With all layers kept it is as good as the best: the features serve as they are."
    )
    return (
        f"Best with {kept[accuracies.index(at)]} kept ({percent(at)}), worst with {kept[accuracies.index(low)]} kept "
        f"({percent(low)}); chance is {percent(chance)}. {end}"
    )


def said_neighbours(pixels: float, features: float) -> str:
    """Say in which space neighbours are more often of the same class."""
    if abs(pixels - features) < 0.005:
        return f"Neighbours are of the query's class equally often in both: {percent(features)}."
    better, worse = ("features", "pixels") if features > pixels else ("pixels", "features")
    return (
        f"Of the neighbours in {better} {percent(max(pixels, features))} are of the query's class, of those in {worse} "
        f"{percent(min(pixels, features))}."
    )


def said_occlusion(label: str, before: float, least: float, most: float) -> str:
    """Say what the block at its worst and at its best place does to the probability."""
    halves = least < before / 2
    end = "the answer hangs on what was there" if halves else "no one block takes the answer away"
    helps = f"; at the best place it rises to {percent(most)}" if most > before + 0.02 else ""
    return f"{label} has {percent(before)}. With the block at the worst place it has {percent(least)}: {end}{helps}."


def said_priors(names: Sequence[str], codes: Sequence[float], pixels: Sequence[float]) -> str:
    """Say which prior's image is nearest to the photo, and what that cost in the code."""
    near, exact = pixels.index(min(pixels)), codes.index(min(codes))
    if near == exact:
        return (
            f"With {names[near]} the image is nearest to the photo's code ({percent(codes[near])} off) and to its pixels "
            f"({percent(pixels[near])} off)."
        )
    return (
        f"With {names[exact]} the image comes nearest to the code ({percent(codes[exact])} off), with {names[near]} to the "
        f"photo's pixels ({percent(pixels[near])} off, against {percent(pixels[exact])}): a prior gives up some of the code "
        "for a picture."
    )


def said_inversion(layers: Sequence[str], pixels: Sequence[float], same: Sequence[bool]) -> str:
    """Say how far the images get from the photo with depth, and how many are read as before."""
    return (
        f"From {layers[0]} to {layers[-1]} the distance from the photo's pixels {moved(pixels[0], pixels[-1])} "
        f"({percent(pixels[0])} to {percent(pixels[-1])}; 100 % is as far as one flat colour). "
        f"{counted(sum(same), len(same), 'images').capitalize()} are read as the photo is."
    )


def said_fooled(names: Sequence[str], success: Sequence[bool], largest: float) -> str:
    """Answer the lecture's question: is a network invariant to small changes, or can it be fooled?

    >>> said_fooled(["cat"], [False], 0.1)
    'None of the 1 photos were fooled within these steps: so far the network holds.'
    """
    if not any(success):
        return f"{counted(0, len(success), 'photos').capitalize()} were fooled within these steps: so far the network holds."
    done = [name for name, one in zip(names, success, strict=True) if one]
    seen = "which the eye hardly sees" if largest <= 16 / 255 else "which can be seen"
    return (
        f"It can be fooled: {counted(len(done), len(success), 'photos')} ({listed(done)}) are read as another class, "
        "by changes of "
        f"at most {largest * 255:.1f} of 255 in a pixel, {seen}."
    )


def said_transfer(source: str, own: float, others: Mapping[str, float]) -> str:
    """Say how often the attacked network is fooled by its own images, and how often others are by the same."""
    said = listed([f"{name} misreads {percent(share)}" for name, share in others.items()])
    any_ = max(others.values()) > 0.1
    end = (
        "an attacker need not see inside the network that is attacked"
        if any_
        else "here a black box was safe from images made for another network"
    )
    return f"{source} misreads {percent(own)} of the images made against it. Shown the same images, {said}: {end}."


def said_linearity(label: str, near: float, far: float, words: tuple[str, str]) -> str:
    """Answer whether the scores run straight, near the photo and farther out."""
    straight = near > 0.9
    first = "nearly straight" if straight else "not straight even there"
    way = "less straight" if far < near - 0.05 else "as straight"
    blame = (
        "near the photo a step along the sign of the gradient adds up over all pixels, as in a linear model"
        if straight
        else "so here linearity alone does not explain the fooling"
    )
    return f"R² of {label}'s score is {near:.2f} within {words[0]} ({first}) and {far:.2f} within {words[1]} ({way}); {blame}."


def said_defences(rows: Sequence[tuple[str, float, float]]) -> str:
    """Say which defences hold under attack, from rows of name, clean and attacked accuracy; the first is undefended."""
    name, clean, plain = rows[0]
    better = [row for row in rows[1:] if row[2] > plain + 0.05]
    hold = [row for row in better if row[2] > 0.9 * row[1]]
    if not better:
        return f"None of them helps: {name} keeps {percent(plain)} under attack, and no defence more than 5 points above that."
    said = listed([f"{row[0]} ({percent(row[2])})" for row in better])
    end = (
        f"Nearly as good under attack as without: {listed([row[0] for row in hold])}."
        if hold
        else "None is nearly as good under attack as without: they fail."
    )
    return f"Undefended {percent(clean)} becomes {percent(plain)} under attack. More is left by {said}. {end}"


def said_training(plain: tuple[float, float], hardened: tuple[float, float]) -> str:
    """Say what training on attacked pictures gains under attack, and costs on clean ones: pairs of clean, attacked."""
    gain, cost = 100 * (hardened[1] - plain[1]), 100 * (plain[0] - hardened[0])
    helps = f"gains {gain:.1f} points under attack" if gain > 1 else "gains nothing under attack here"
    costs = f"costs {cost:.1f} points on clean pictures" if cost > 0.5 else "costs nothing on clean pictures"
    return (
        f"Trained on plain pictures: {percent(plain[0])} clean, {percent(plain[1])} attacked. Trained on attacked ones: "
        f"{percent(hardened[0])} clean, {percent(hardened[1])} attacked. It {helps} and {costs}."
    )
