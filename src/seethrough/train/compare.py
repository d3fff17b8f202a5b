"""Trainings side by side, as their cards tell of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from seethrough.errors import UserError
from seethrough.networks.from_card import BUNDLED, CARD, read_card
from seethrough.networks.names import BUNDLED as NAMES
from seethrough.results.training import Training
from seethrough.results.training_comparison import TrainingComparison


def compare(runs: Sequence[Training | str | Path]) -> TrainingComparison:
    """Lay trainings side by side: the folders they wrote, bundled networks by name, or results of `fit`.

    >>> compare(["cifar10-cnn", "cifar10-cnn-bn"]).save("with-and-without.png")
    """
    if len(runs) < 2:
        raise UserError(f"runs: {len(runs)} given; a comparison takes two trainings or more")
    cards = [_card(run) for run in runs]
    names = [str(card["name"]) for card in cards]
    # Two runs of one architecture go by their folders.
    told = _apart([_named(run) if names.count(name) > 1 else name for run, name in zip(runs, names, strict=True)])
    for run, card in zip(runs, cards, strict=True):
        if not card.get("curves"):
            raise UserError(f"run {_named(run)!r} has a card without curves; compare what `fit` has trained")
    columns = tuple(cards[0]["curves"])
    longest = max(len(card["curves"]["loss"]) for card in cards)
    curves = torch.full((len(cards), longest, len(columns)), torch.nan, dtype=torch.float64)
    for place, card in enumerate(cards):
        for column, name in enumerate(columns):
            values = [torch.nan if value is None else value for value in card["curves"].get(name, [])]
            curves[place, : len(values), column] = torch.tensor(values, dtype=torch.float64)
    return TrainingComparison(
        network=", ".join(told),
        method="train.compare",
        settings={"runs": [_named(run) for run in runs]},
        runs=tuple(told),
        columns=columns,
        curves=curves,
        accuracy=_numbers(cards, "test_accuracy"),
        robust=_numbers(cards, "robust_accuracy"),
        parameters=tuple(int(card.get("parameters") or 0) for card in cards),
        recipes=tuple(_recipe(card) for card in cards),
    )


def _card(run: Training | str | Path) -> dict[str, Any]:
    if isinstance(run, Training):
        return dict(run.card)
    if str(run) in NAMES:
        return read_card(BUNDLED / f"{run}.json")
    folder = Path(run).expanduser()
    if not (folder / CARD).is_file():
        raise UserError(
            f"run {str(run)!r} holds no {CARD}; give folders that `fit` wrote (--out), or {', '.join(NAMES)}"
        )
    return read_card(folder / CARD)


def _named(run: Training | str | Path) -> str:
    return run.network if isinstance(run, Training) else str(run)


def _apart(names: list[str]) -> list[str]:
    """Number names that are still the same."""
    return [
        f"{name} ({names[:place].count(name) + 1})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def _numbers(cards: Sequence[dict[str, Any]], field: str) -> torch.Tensor:
    found = [card.get(field) for card in cards]
    return torch.tensor([torch.nan if value is None else float(value) for value in found], dtype=torch.float64)


def _recipe(card: dict[str, Any]) -> str:
    """Say what two trainings may differ in, in a line."""
    recipe = card.get("recipe")
    if not isinstance(recipe, dict):
        return str(recipe)
    return ", ".join(f"{name} {value}" for name, value in recipe.items() if value not in ("", None, "none"))
