"""Train in a process that is killed again and again, each time going on where it was: run by test_teach.py.

One process loads everything once, and forks: each child trains, says every step, and is killed with SIGKILL after a number
of steps drawn by chance, a moment later drawn by chance too.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch
from torch import nn

from seethrough import datasets, train
from seethrough.jobs import Job, Step, run
from seethrough.networks.network import Network
from seethrough.results.training import Training
from seethrough.train.hold import split
from seethrough.train.learn import Pictures
from seethrough.train.recipe import Recipe
from seethrough.train.teach import Lesson, teach

KILLS = 5
DIGITS = datasets.load("digits").part(range(200))


def convolutional(out: Path, resume: bool) -> Job[Training]:
    """Train the digits network on changed pictures, the best epoch kept."""
    return train.fit.job(DIGITS, epochs=4, batch=40, validation=0.2, augment="crop,cutout,bend", out=out, resume=resume)


def dropping(out: Path, resume: bool) -> Job[Training]:
    """Train a network with dropout and norms against attacks, by momentum."""
    assert DIGITS.pixels is not None
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(1152, 10),
        )
    network = Network(module, size=28, mean=[0.2], std=[0.3], labels=DIGITS.classes, name="dropping")
    learned_from, validation = split(Pictures(DIGITS.pixels, DIGITS.labels), 0.0, 0)
    recipe = Recipe(
        epochs=6, batch=50, optimiser="sgd", rate=0.05, schedule="cosine", against="pgd", eps="0.1", attack_steps=2
    )
    lesson = Lesson("train.fit", network, "dropping", "digits", "default", learned_from, validation, None, recipe)
    return teach(lesson, out, resume)


WAYS = {"convolutional": convolutional, "dropping": dropping}


def begin(way: str, out: Path, resume: bool) -> tuple[int, int]:
    """Train in a child; return its number, and where it says every step."""
    heard, said = os.pipe()
    child = os.fork()
    if child:
        os.close(said)
        return child, heard
    code = 1
    try:
        # A command that loops at random from here on would show if it drew from the global state.
        torch.manual_seed(os.getpid())
        torch.set_num_threads(1)
        result = run(WAYS[way](out, resume), lambda step: say(said, step))
        (out / "curves.json").write_text(json.dumps(result.curves.tolist()))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def say(said: int, step: Step) -> None:
    """Say which step is done."""
    os.write(said, bytes([step.done]))


def ended(child: int, heard: int) -> list[int]:
    """Return the steps that a child has said and nobody has heard, once it has ended by itself."""
    rest = list(b"".join(iter(lambda: os.read(heard, 1000), b"")))
    assert os.waitpid(child, 0)[1] == 0, "the training failed"
    return rest


def main(way: str, folder: Path) -> None:
    """Train once without a stop, once with kills; write down after which step of all each came, and what was left to do."""
    whole = ended(*begin(way, folder / "whole", False))
    chance, kills, steps, reached = random.Random(time.time_ns()), list[int](), len(whole), 0
    for left in range(KILLS, 0, -1):
        child, heard = begin(way, folder / "killed", bool(kills))
        # From the last whole epoch on, and no farther than leaves enough to do for the kills to come.
        for _ in range(chance.randint(1, max((steps - reached) // (left + 1), 1))):
            reached = os.read(heard, 1)[0]
        time.sleep(chance.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it had ended by itself"
        reached = [reached, *os.read(heard, 1000)][-1]
        kills.append(reached)
    rest = ended(*begin(way, folder / "killed", True))
    (folder / "told.json").write_text(json.dumps({"whole": whole, "kills": kills, "rest": rest}))


if __name__ == "__main__":
    # What is loaded at the first step is loaded before the fork, not in every child.
    train.fit(DIGITS.part(range(20)), arch="linear", epochs=1, optimiser="sgd")
    for name in WAYS:
        (Path(sys.argv[1]) / name).mkdir()
        main(name, Path(sys.argv[1]) / name)
