"""What a training comes to: the result, the card, and the folder that holds both beside the weights."""

import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from seethrough.files import replacing
from seethrough.networks.from_card import CARD, WEIGHTS, network_from
from seethrough.networks.network import Network
from seethrough.results.guesses import Guess
from seethrough.results.training import Training
from seethrough.train.examine import Robustness, confusion_of, shown
from seethrough.train.learn import COLUMNS, Learned, scores_of

if TYPE_CHECKING:
    from seethrough.train.teach import Lesson


def outcome(
    lesson: "Lesson",
    learned: Learned,
    weights: Mapping[str, Tensor] | None = None,
    robust: Robustness | None = None,
) -> Training:
    """Make the result of a network as it stands; with the `weights` it has been given it is tested, and has a card."""
    network, classes = lesson.network, lesson.network.labels.names
    images, truths, guesses = (
        torch.zeros(0, network.channels, *network.size),
        torch.zeros(0).long(),
        tuple[Guess, ...](),
    )
    confusion = torch.zeros(len(classes), len(classes), dtype=torch.long)
    if weights is not None and lesson.unseen is not None:
        confusion = confusion_of(scores_of(network, lesson.unseen), lesson.unseen.labels)
        images, truths, guesses = shown(network, lesson.unseen, lesson.recipe.seed)
    result = Training(
        network=network.name,
        method=lesson.method,
        settings={"arch": lesson.arch, "data": lesson.data, **lesson.told()},
        columns=COLUMNS,
        curves=learned.curves,
        best=learned.best,
        labels=classes,
        confusion=confusion,
        images=images,
        truths=truths,
        guesses=guesses,
        layers=tuple(
            (
                layer.name,
                layer.kind,
                " x ".join(map(str, layer.input_shape)),
                " x ".join(map(str, layer.shape)),
                layer.parameters,
                layer.neurons,
            )
            for layer in network.layers.values()
        ),
        counts=network.totals(),
        robust=float("nan") if robust is None else robust.accuracy,
        attack="" if robust is None else attack_in_words(robust),
        broken=lesson.broken,
        weights=dict(weights or {}),
    )
    return result if weights is None else replace(result, card=_card(result, lesson, robust))


def attack_in_words(robust: Robustness) -> str:
    """Say how hard robustness was tried: PGD-40 within 0.3 (5 restarts, 1,000 pictures)."""
    return f"PGD-{robust.steps} within {robust.eps} ({robust.restarts} restarts, {robust.pictures:,} pictures)"


def stored(weights: Mapping[str, Tensor], store: str) -> dict[str, Tensor]:
    """Return weights as they are kept: float32 as they are, float16, or float8; counters stay whole numbers.

    In float8 are the matrices alone, which are those of fully connected layers: there are most numbers, and each matters
    least. The rest is then float16.
    """

    def kept(value: Tensor) -> Tensor:
        if store == "float32" or not value.is_floating_point():
            return value
        return value.to(torch.float8_e4m3fn if store == "float8" and value.ndim == 2 else torch.float16)

    return {name: kept(value) for name, value in weights.items()}


def keep(result: Training, folder: Path) -> None:
    """Write the weights and their card, which together are a network that `load(folder)` reads."""
    tensors = {name: value.contiguous() for name, value in result.weights.items()}
    with replacing(folder / WEIGHTS) as beside:
        beside.write_bytes(save(tensors))
    with replacing(folder / CARD) as beside:
        beside.write_text(json.dumps(result.card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def network_of(training: Training) -> Network:
    """Return the network that a training made.

    >>> network_of(fit(datasets.load("digits"), epochs=3))
    Network(digits-cnn: 1 x 28 x 28 pixels)
    """
    return network_from(training.card, training.weights, training.network, "the training")


def _card(result: Training, lesson: "Lesson", robust: Robustness | None) -> dict[str, Any]:
    network = lesson.network
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.full((1, network.channels, *network.size), 0.5))
    return {
        **lesson.notes,
        "name": network.name,
        "arch": lesson.arch,
        "data": {
            "name": lesson.data,
            "learned_from": len(lesson.pictures),
            "validation": 0 if lesson.validation is None else len(lesson.validation),
            "test": result.tested,
            "not_readable": len(result.broken),
        },
        "recipe": lesson.told(),
        "test_accuracy": _rounded(result.accuracy),
        "test_accuracy_by_class": [_rounded(value) for value in result.per_class.tolist()],
        "robust_accuracy": None if robust is None else _rounded(robust.accuracy),
        "attack": result.attack or None,
        "parameters": result.counts["total"]["parameters"],
        "counts": {family: dict(numbers) for family, numbers in result.counts.items()},
        "flops": int(counter.get_total_flops()),
        "epochs": len(result.curves),
        "kept_epoch": result.best,
        "seconds": round(result.seconds, 1),
        "curves": {name: [_rounded(value) for value in result.column(name).tolist()] for name in result.columns},
        "stored_as": lesson.store,
        "versions": {
            "seethrough": version("seethrough"),
            "torch": torch.__version__.partition("+")[0],
            "python": platform.python_version(),
        },
        "size": list(network.size),
        "resize": network.frame.resize,
        "interpolation": network.frame.interpolation,
        "mean": list(network.mean),
        "std": list(network.std),
        "labels": list(result.labels),
    }


def _rounded(value: float) -> float | None:
    return None if value != value else round(value, 6)
