"""`seethrough classify`: what is in these photos."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from seethrough.cli.command import Json, Net, Photos, Run, Trust, Weights, answer, fail_late, print_json
from seethrough.errors import UserError
from seethrough.networks.names import DEFAULT

if TYPE_CHECKING:
    from seethrough.results.guesses import Guess

BATCH = 8


def classify(
    run: Run,
    photos: Photos,
    net: Net = DEFAULT,
    weights: Weights = None,
    top: Annotated[int, typer.Option(min=1, help="How many guesses a photo.")] = 5,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Say what is in photos: the likeliest classes, with their probabilities.

    A photo that cannot be read is named, and the others are answered all the same.
    """
    from seethrough.images import expand, photo_name

    sources = expand(photos)
    network = run.network(net, weights, trust)
    from seethrough.images import photo

    answers: list[dict[str, Any]] = []
    mistakes: list[str] = []
    for start in range(0, len(sources), BATCH):
        readable, pixels = [], []
        for source in sources[start : start + BATCH]:
            try:
                pixels.append(network.frame(photo(source)))
                readable.append(str(source))
            except UserError as mistake:
                mistakes.append(str(mistake))
                answers.append({"photo": str(source), "error": str(mistake)})
        if not pixels:
            continue
        import torch

        guesses = network.classify(torch.cat(pixels), top)
        for source, row in zip(readable, guesses.rows, strict=True):
            answers.append({"photo": source, "guesses": [_as_json(guess) for guess in row]})
            if not json:
                _show(photo_name(source), row)
    if json:
        order = {str(source): place for place, source in enumerate(sources)}
        print_json({"net": network.name, "photos": sorted(answers, key=lambda one: order[one["photo"]])})
    fail_late(mistakes)


def _as_json(guess: "Guess") -> dict[str, Any]:
    known = {"index": guess.index, "label": guess.label, "wnid": guess.wnid, "probability": guess.probability}
    return {key: value for key, value in known.items() if value is not None}


def _show(name: str, row: "tuple[Guess, ...]") -> None:
    from rich.table import Table
    from rich.text import Text

    from seethrough.percent import percent

    table = Table(box=None, show_header=False, padding=(0, 1), title=Text(name, style="bold"), title_justify="left")
    table.add_column(justify="right")
    table.add_column()
    table.add_column(justify="right", style="dim")
    for guess in row:
        bar = "█" * max(round(24 * guess.probability), 0)
        table.add_row(percent(guess.probability), f"[cyan]{bar:<24}[/cyan] {guess.label}", str(guess.index))
    answer().print(table)
