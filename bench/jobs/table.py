"""The table of jobs: in which group each stands, with which networks it is measured, and what makes its Pair."""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

ALL = ("bundled", "squeezenet1_0", "resnet18", "vgg11")
TWO = ("bundled", "resnet18")
ONE = ("bundled",)
LOOKING, DREAMS, ATTACKS, DATA = "Looking", "Dreams", "Attacks", "Data and start-up"
GROUPS = (LOOKING, DREAMS, ATTACKS, DATA)


@dataclass(frozen=True)
class Job:
    """A job; `makes` is "module:function" in this folder: only what a job needs is imported."""

    group: str
    networks: Sequence[str]
    makes: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def function(self) -> Callable[..., Any]:
        """Import what makes its Pair of a Given."""
        module, _, name = self.makes.partition(":")
        return partial(getattr(importlib.import_module(f"jobs.{module}"), name), **self.settings)


JOBS = {
    "forward_1": Job(LOOKING, ALL, "forward:forward", {"batch": 1}),
    "forward_8": Job(LOOKING, ALL, "forward:forward", {"batch": 8}),
    "forward_16": Job(LOOKING, ALL, "forward:forward", {"batch": 16}),
    "gradient": Job(LOOKING, ALL, "gradient:gradient"),
    "grad_cam": Job(LOOKING, ALL, "grad_cam:grad_cam"),
    "smooth_grad": Job(LOOKING, ALL, "smooth_grad:smooth_grad"),
    "integrated_gradients": Job(LOOKING, ALL, "integrated_gradients:integrated_gradients"),
    "occlusion": Job(LOOKING, ALL, "occlusion:occlusion"),
    "dream_first": Job(DREAMS, TWO, "dreaming:dream_first"),
    "dream_late": Job(DREAMS, TWO, "dreaming:dream_late"),
    "dream_class": Job(DREAMS, TWO, "dreaming:dream_class"),
    "pgd": Job(ATTACKS, ALL, "pgd:pgd"),
    "nearest": Job(ATTACKS, TWO, "nearest:nearest"),
    "deepfool_l2": Job(ATTACKS, ALL, "deepfool:deepfool", {"norm": "l2"}),
    "deepfool_linf": Job(ATTACKS, ALL, "deepfool:deepfool", {"norm": "linf"}),
    "features": Job(DATA, ALL, "features:features"),
    "patches": Job(DATA, ONE, "patches:patches"),
    "start_up": Job(DATA, ONE, "start_up:start_up"),
}


def chosen(words: Iterable[str], networks: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs (job, network) that are asked for: all, or those whose job is named or begins like a word.

    >>> chosen(["deepfool"], ["vgg11"])
    [('deepfool_l2', 'vgg11'), ('deepfool_linf', 'vgg11')]
    """
    words = list(words)
    for word in words:
        if not _named([word]):
            raise ValueError(f"job {word!r} is not known; there is: {', '.join(JOBS)}")
    names = _named(words) if words else list(JOBS)
    return [(name, network) for name in names for network in JOBS[name].networks if not networks or network in networks]


def _named(words: Sequence[str]) -> list[str]:
    return [name for name in JOBS if any(name == word or name.startswith(f"{word}_") for word in words)]
