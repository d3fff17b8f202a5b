"""What the photo's class looks like to the network: dreams of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seethrough import dream
from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.labs.document import Sections
from seethrough.labs.inspect.subject import subject
from seethrough.labs.words import counted, listed
from seethrough.percent import percent
from seethrough.report import Section, picture

DREAMS = 2
QUICK = 40
"""Steps of a quick run; the recipe's own else."""


@dataclass(frozen=True)
class Dreamt:
    """What the network says of a dream: the score and the probability of its class, and what it is read as."""

    score: float
    probability: float
    read_as: str


def dreamt(desk: Desk) -> Job[Sections]:
    """Dream the class that the photo is taken for, from two beginnings."""
    about, network = subject(desk), desk.network
    label = about.labels[about.top]
    steps = QUICK if desk.quick else None
    found = yield from dream.class_.job(network, [about.top] * DREAMS, seed=desk.seed, steps=steps)
    assert found.probabilities is not None
    dreams = [
        Dreamt(float(reached), float(probability), guess.label)
        for reached, probability, guess in zip(found.reached, found.probabilities, found.guesses, strict=True)
    ]
    score, sure = float(about.scores[about.top]), float(about.probabilities[about.top])
    taken = found.trace.shape[1]
    section = Section(
        f"What {label} looks like to the network",
        task=f"Which image has the highest score for {label}?",
        text=(
            f"A dream begins as noise. In {taken} steps it is changed so that the score for {label} rises, while the "
            "network sees it at random sizes and places and through some noise: what counts at one place alone does not "
            f"last. The photo has no part in it. There is not one such image: {DREAMS} dreams begin as different noise."
        ),
        pictures=(
            picture(
                found.figure(),
                f"{DREAMS} dreams of {label}",
                f"{DREAMS} dreams, and the probability of {label} that the network gives each.",
                desk.command(
                    f"dream class {f'{about.top} ' * DREAMS}{f'--steps {QUICK}' if desk.quick else ''}".strip()
                ),
            ),
        ),
        answer=beside_the_photo(label, score, sure, dreams),
        numbers={
            "class": about.top,
            "label": label,
            "score of the photo": score,
            "probability of the photo": sure,
            "dreams": [asdict(one) for one in dreams],
            "steps": taken,
        },
    )
    return (section,)


def beside_the_photo(label: str, score: float, sure: float, dreams: Sequence[Dreamt]) -> str:
    """Say what the network makes of its own dreams, beside what it made of the photo."""
    came = [one for one in dreams if one.read_as == label]
    said = []
    if came:
        which = "both dreams" if len(came) == len(dreams) == DREAMS else counted(len(came), len(dreams), "dreams")
        shares = listed([percent(one.probability) for one in came])
        said.append(f"The network takes {which} for {label}, with {shares}; the photo had {percent(sure)}.")
    said += [
        f"One did not come off: the network takes it for {one.read_as}, and gives {label} {percent(one.probability)}."
        for one in dreams
        if one.read_as != label
    ]
    scores = listed([f"{one.score:.1f}" for one in dreams])
    beside = f"Their scores for {label} are {scores}, that of the photo is {score:.1f}"
    if min(one.score for one in dreams) > score:
        said.append(f"{beside}: they hold more of what the network looks for than the photo does.")
    elif max(one.score for one in dreams) <= score:
        said.append(f"{beside}: they hold no more of what the network looks for than the photo does.")
    else:
        said.append(f"{beside}.")
    found = "\n\nWhat you can name in them is what the network goes by; what is missing, it does not need."
    return " ".join(said) + (found if came else "")
