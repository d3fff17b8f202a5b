"""`seethrough train DATA` and `seethrough train compare RUN RUN`."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from seethrough.cli.act import call, command_line, with_command
from seethrough.cli.command import Run, answer, print_json
from seethrough.cli.keep import NUMBERS, Keeper, figure
from seethrough.cli.methods import REQUIRED, Fallback, Needs, print_rows, verb
from seethrough.cli.over_data import DATA_NEEDS, read_data
from seethrough.cli.perform import Request
from seethrough.errors import UserError
from seethrough.jobs import Step
from seethrough.percent import percent
from seethrough.train.table import TABLE

Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="The folder of the weights, their card and the pictures."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what was stopped or killed in that folder.")]
About = Annotated[str | None, typer.Option(metavar="TEXT", help="A note on the data or the network, for the card.")]
Runs = Annotated[
    list[str], typer.Argument(metavar="RUN RUN...", help="Folders that `train` wrote, or bundled networks by name.")
]
RUN_NEEDS: Needs = {"run": {"out": (Out, None), "resume": (Resume, False), "about": (About, None)}}
NEEDS: Needs = {
    **DATA_NEEDS,
    **RUN_NEEDS,
    "own network": {},
    "runs": {"runs": (Runs, REQUIRED)},
}
KEEPERS: dict[str, Keeper] = {
    "sheet": Keeper(
        typer.Option("--sheet", metavar="FILE", help="The figure (.png, .jpg, .pdf, .svg)."),
        figure(None).endings,
        figure(None).write,
        only=("TrainingComparison",),
    ),
    "save": NUMBERS,
}
CURVES, SAMPLES = "training.png", "samples.png"


def perform_training(session: Run, request: Request) -> None:
    """Train, or lay trainings side by side; with Ctrl-C what there is is kept, and `--resume` goes on with it."""
    given = dict(request.given)
    asjson, trust = given.pop("json"), given.pop("trust", False)
    request.check_places()
    session.set_threads()
    found = {**request.settings, **given, **read_data(request.method.needs, given, session.seed)}
    if "own network" not in request.method.needs:
        found["network"] = session.network(given["net"], given.get("weights"), trust)
    watchers: list[Any] = []
    folder: Path | None = None
    if "run" in request.method.needs:
        folder = given.get("out") or _folder(str(request.settings.get("arch") or given["net"]), str(given["data"]))
        if folder.exists() and not folder.is_dir():
            raise UserError(f"out: {str(folder)!r} is a file; give the name of a folder")
        about = {"about": given["about"]} if given.get("about") else {}
        found |= {"out": folder, "notes": {**about, "command": command_line()}, "device": session.device}
        watchers.append(Epochs(session, folder))
    called, stopped = call(session, request.method, found, watchers)
    result: Any = with_command(called)
    files = [
        request.keepers[name].write(result, place, None) for name, place in request.places.items() if place is not None
    ]
    if folder is not None:
        files += _pictures(result, folder)
    elif not files:
        files.append(result.save("compare-trainings.png"))
    if asjson:
        told = dict(result.card) if folder is not None else {"rows": result.table()}
        print_json({"says": result.line(), **told, "files": [str(file) for file in files]})
    else:
        _tell(result, files)
    if stopped:
        raise KeyboardInterrupt


class Epochs:
    """A watcher that says every epoch in a line, and draws the curves anew."""

    def __init__(self, session: Run, folder: Path) -> None:
        """Keep whom to tell, and where to draw."""
        self.session, self.folder = session, folder

    def __call__(self, step: Step) -> None:
        """Tell of an epoch that has ended."""
        if step.state is None or step.peek is None:
            return
        numbers = {name: value for name, value in step.values.items() if name != "epoch"}
        said = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        self.session.remark(f"epoch {step.values['epoch']:.0f}: {said}")
        step.peek().save(self.folder / CURVES)


def _folder(arch: str, data: str) -> Path:
    return Path(re.sub(r"[^\w.@-]+", "-", f"{arch}-{Path(data).stem}"))


def _pictures(result: Any, folder: Path) -> list[Path]:
    from seethrough.networks.from_card import CARD, WEIGHTS
    from seethrough.results.store import write_figure

    files = [folder / WEIGHTS, folder / CARD, result.save(folder / CURVES)]
    return [*files, write_figure(result.samples(), folder / SAMPLES)] if result.tested else files


def _tell(result: Any, files: list[Path]) -> None:
    answer().print(result.line(), soft_wrap=True)
    if hasattr(result, "layers"):
        shapes = {name: f"{kind:<18}{into} -> {out}" for name, kind, into, out, _, _ in result.layers}
        print_rows(("layer", "what it is, and what goes in and out"), shapes)
        counts = {
            family: f"{numbers['parameters']:>12,} parameters {numbers['neurons']:>10,} neurons"
            for family, numbers in result.counts.items()
        }
        print_rows(("of", "count"), counts)
        if result.tested:
            shares = {name: percent(float(share)) for name, share in zip(result.labels, result.per_class, strict=True)}
            print_rows(("class", "right"), shares)
    for file in files:
        answer().print(f"  {file}", style="dim", soft_wrap=True)


app = verb(
    "train", "Train networks, also against attacks.", TABLE, NEEDS, KEEPERS, performed=perform_training, group=Fallback
)
"""The commands."""
