"""Performing a method over a data set a person named: read, run with a progress bar, save, report."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seethrough.cli.act import call, with_command
from seethrough.cli.command import Run, answer, print_json
from seethrough.cli.methods import REQUIRED, Needs
from seethrough.cli.perform import Request, place_to_resume
from seethrough.errors import UserError

if TYPE_CHECKING:
    from seethrough.datasets import Dataset
    from seethrough.results.result import Result

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A data set by name, a folder, or an .npz; see `seethrough data`.")
]
Datas = Annotated[
    list[str], typer.Argument(metavar="DATA...", help="A data set by name, folders, or an .npz; see `seethrough data`.")
]
Root = Annotated[
    Path | None, typer.Option("--data", metavar="ROOT", help="Where known data sets are kept; else SEETHROUGH_DATA.")
]
Split = Annotated[str, typer.Option(help="Which part: train, test or all.")]
Draw = Annotated[int | None, typer.Option(min=1, metavar="N", help="Take so many pictures, drawn by --seed.")]
TestShare = Annotated[float, typer.Option(min=0.01, max=0.9, help="The share to test on, of data without a test part.")]

SPLITS = {"train": "train", "test": "test", "all": None}

DATA_NEEDS: Needs = {
    "data": {"data": (Datas, REQUIRED), "root": (Root, None), "split": (Split, "all"), "draw": (Draw, None)},
    "parts": {"data": (Data, REQUIRED), "root": (Root, None), "test_share": (TestShare, 0.2)},
}


def perform_over_data(session: Run, request: Request) -> None:
    """Run the method once over all of the data; with Ctrl-C, what there is is kept and reported."""
    given = dict(request.given)
    asjson, trust = given.pop("json"), given.pop("trust", False)
    request.check_places()
    session.set_threads()
    # What is wrong with the data is said before a network is loaded.
    found: dict[str, Any] = {**request.settings, **given, **read_data(request.method.needs, given, session.seed)}
    wanted = given.get("networks")
    if wanted:
        pairs = [name.partition("=")[::2] for name in wanted]
        found["networks"] = [session.network(name, Path(file) if file else None, trust) for name, file in pairs]
        found["network"] = found["networks"][0]
    else:
        found["network"] = session.network(given["net"], given.get("weights"), trust)
    found |= {name: _photos(given[name]) for name in ("queries", "photos") if given.get(name)}
    result, stopped = call(session, request.method, found, [], place_to_resume(request), given.get("weights"))
    result = with_command(result)
    places = {**request.places, "out": request.places["out"] or _place(result, request)}
    files = [request.keepers[name].write(result, place, None) for name, place in places.items() if place is not None]
    if asjson:
        rows = {"rows": result.table()} if result.table() else {}
        says = {"net": result.network, "method": request.method.command, "says": result.line()}
        print_json({**says, **rows, "files": [str(file) for file in files]})
    else:
        answer().print(result.line(), soft_wrap=True)
        for file in files:
            answer().print(f"  {file}", style="dim", soft_wrap=True)
    if stopped:
        raise KeyboardInterrupt


def read_data(needs: tuple[str, ...], given: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the data set a person named, as one, or as the parts to learn from and to be tested on."""
    from seethrough.datasets.parts import drawn, gathered, parts

    if "parts" in needs:
        train, test = parts(given["data"], root=given.get("root"), share=given["test_share"], seed=seed)
        return {"data": train, "train": train, "test": test}
    if "data" not in needs:
        return {}
    split = given["split"]
    if split not in SPLITS:
        raise UserError(f"split is {split!r}; it takes {' | '.join(SPLITS)}")
    whole = gathered(given["data"], SPLITS[split], given.get("root"))
    return {"data": drawn(whole, given.get("draw"), seed)}


def _photos(named: list[str]) -> "Dataset":
    """Return photos as a data set of which nothing is known."""
    import torch

    from seethrough.datasets import Dataset
    from seethrough.images import expand, locate

    files = tuple((source if isinstance(source, Path) else locate(source)).resolve() for source in expand(named))
    root = Path(os.path.commonpath([file.parent for file in files]))
    return Dataset("photos", (), torch.full((len(files),), -1), files=files, root=root)


def _place(result: "Result", request: Request) -> Path:
    """Name a picture after the method and the data."""
    named = request.given.get("data") or request.given.get("photos") or result.network
    first = named if isinstance(named, str) else named[0]
    about = re.sub(r"[^\w.@-]+", "-", Path(first).stem or "data")
    return Path(f"{request.method.command}-{about}.png")
