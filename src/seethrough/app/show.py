"""What the browser sees of a job under way: each step's numbers, the images now and then, and what they are taken for."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from seethrough.app.asked import Asked
from seethrough.app.cover import guess_told
from seethrough.app.draw import address_of, frame_address, noise_png
from seethrough.jobs import Step
from seethrough.results.fooling import Fooling
from seethrough.results.guesses import Guess
from seethrough.results.result import Result

FRAMES = 8
"""Images of a job that are shown while it runs."""
EVERY, TIMES = 0.25, 8
"""Seconds between frames at least, and how many times as long as drawing them takes."""
FOLLOWED = 6
"""Classes whose probabilities are followed at most."""
LONGEST = 200
"""Points of a class's curve that are kept, or a few more."""
NEW = 3
"""Of these many likeliest classes each is followed from then on."""


class Show:
    """Tells the browser of each step; frames come only so often that they do not hold up the work.

    `chances` is how likely each class that was followed was, over the steps.
    """

    def __init__(self, wanted: Asked, say: Callable[[dict[str, Any]], None]) -> None:
        """Say whom to tell, and of what."""
        self.chances: dict[str, list[dict[str, float]]] = {}
        self._wanted, self._say = wanted, say
        self._next, self._done, self._total = 0.0, 0, 0
        self._original = _original(wanted)
        self._followed = _goals(wanted)
        if self._original is not None:
            first = int(wanted.network.classes_for(self._original)[0])
            self._followed = list(dict.fromkeys([first, *self._followed]))

    def __call__(self, step: Step, *, frames: bool = False) -> None:
        """Tell of a step, with frames where it is time for them or they are asked for."""
        if self._original is not None and not self._total:
            self._tell_attack(self._original[0], 0, step.total)
        self._done, self._total = step.done, step.total
        values = {name: float(value) for name, value in step.values.items() if math.isfinite(float(value))}
        message: dict[str, Any] = {"is": "step", "done": step.done, "total": step.total, "values": values}
        if step.peek is not None and (frames or time.monotonic() >= self._next):
            begun = time.monotonic()
            message |= self._frames(step.peek(), step.done)
            ended = time.monotonic()
            self._next = ended + max(EVERY, TIMES * (ended - begun))
        self._say(message)

    def end(self, result: Result) -> None:
        """Tell how an attack ended: what it returns may have been found on the way."""
        if self._original is not None and isinstance(result, Fooling):
            self._tell_attack(result.images[0], self._done, max(self._total, 1))

    def _tell_attack(self, image: Tensor, done: int, total: int) -> None:
        self._say({"is": "step", "done": done, "total": total, "values": {}, **self._shown([image], done)})

    def _frames(self, seen: Any, done: int) -> dict[str, Any]:
        images = getattr(seen, "images", None)
        if not isinstance(images, Tensor | tuple | list):
            return {}
        pictures = [image.detach().cpu() for image in images[:FRAMES] if isinstance(image, Tensor) and image.ndim == 3]
        if not pictures:
            return {}
        return self._shown(pictures, done)

    def _shown(self, pictures: Sequence[Tensor], done: int) -> dict[str, Any]:
        shown: dict[str, Any] = {"frames": [frame_address(image) for image in pictures]}
        if self._wanted.verb == "fool" and tuple(pictures[0].shape[-2:]) == self._wanted.network.size:
            shown["guesses"] = self._guesses(pictures[0], done)
        if self._original is not None and pictures[0].shape == self._original.shape[1:]:
            noise, shown["largest"] = noise_png(pictures[0].cpu() - self._original[0].cpu())
            shown["noise"] = address_of(noise)
        return shown

    def _guesses(self, image: Tensor, done: int) -> list[dict[str, Any]]:
        """Say how likely the followed classes are now; a class that comes up is followed from then on."""
        network = self._wanted.network
        with torch.inference_mode():
            shares = network.scores(image[None].to(network.device).clamp(0, 1)).float().softmax(1)[0].cpu()
        for index in shares.topk(min(NEW, len(shares))).indices.tolist():
            if index not in self._followed and len(self._followed) < FOLLOWED:
                self._followed.append(index)
        labels = network.labels
        for index in self._followed:
            points = self.chances.setdefault(labels.names[index], [])
            if points and points[-1]["step"] == done:
                points.pop()
            points.append({"step": done, "value": float(shares[index])})
            del points[1 : len(points) - LONGEST : 2]
        return [
            guess_told(Guess(index, labels.names[index], labels.wnid(index), float(shares[index])))
            for index in self._followed
        ]


def _original(wanted: Asked) -> Tensor | None:
    """Return the photo that an attack changes."""
    images = wanted.arguments.get("images")
    return images if wanted.verb == "fool" and isinstance(images, Tensor) else None


def _goals(wanted: Asked) -> list[int]:
    """Return the classes that an attack is to lead to."""
    to = wanted.given.get("to", wanted.given.get("classes")) if wanted.verb == "fool" else None
    listed = to if isinstance(to, list) else [] if to is None else [to]
    return [wanted.network.resolve_class(one) for one in listed if one != "all"][:FOLLOWED]
