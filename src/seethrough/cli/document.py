"""What `inspect` and `lab` share: a document made for a person, part by part."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seethrough.cli.act import command_line
from seethrough.cli.command import Run, answer, print_json
from seethrough.errors import UserError

if TYPE_CHECKING:
    from seethrough.labs.desk import Desk
    from seethrough.labs.document import Document
    from seethrough.networks.network import Network

KEPT = ".kept"
"""Where a document keeps what is done, beside its page."""


def parts_wanted(document: "Document", only: str, folder: Path) -> list[str]:
    """Return the names of the parts that are wanted; refuse what cannot be made before any work."""
    from seethrough.labs.produce import parts_named

    wanted = [part.strip() for part in only.split(",") if part.strip()]
    parts_named(document, wanted)
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise UserError(f"out: {str(folder)!r} cannot be a folder: {str(there)!r} is a file")
    return wanted


def the_network(
    run: Run, document: "Document", net: str | None, weights: Path | None, trust: bool
) -> "tuple[Network, str, tuple[str, ...]]":
    """Return the network asked for, else the document's first that can be had; how to name it again; what to remark."""
    if net is not None or weights is not None:
        named = net or document.networks[0]
        words = {"--net": named, "--weights": weights}
        said = shlex.join(str(part) for pair in words.items() if pair[1] is not None for part in pair)
        return run.network(named, weights, trust), f"{said}{' --trust' if trust else ''}", ()
    remarks: list[str] = []
    for place, name in enumerate(document.networks):
        try:
            network = run.network(name)
        except UserError as missing:
            if place + 1 == len(document.networks):
                raise
            remarks.append(
                f"{name} could not be had here ({missing}); {document.networks[place + 1]} stands in for it."
            )
        else:
            return network, f"--net {name}" if remarks or place or not _is_default(name) else "", tuple(remarks)
    raise AssertionError("a document names no network")


def _is_default(name: str) -> bool:
    from seethrough.networks.names import DEFAULT

    return name == DEFAULT


def make(
    run: Run, document: "Document", desk: "Desk", out: Path, only: Sequence[str], asjson: bool, zipped: bool
) -> None:
    """Make a document, say which parts are done, and where the page is."""
    from seethrough.jobs import interruptible, progress_bar
    from seethrough.jobs import run as run_job
    from seethrough.labs.produce import NUMBERS, packed, produce

    work = produce.job(document, desk, out, only=only, command=command_line())
    with interruptible() as interrupted, progress_bar(document.name, quiet=run.quiet) as bar:
        produced = run_job(work, bar, interrupted)
    files = [produced.page, produced.folder / NUMBERS]
    if zipped:
        files.append(packed(out, out / f"{document.name}.zip"))
    if asjson:
        told = {"made": produced.made, "kept": produced.kept, "missing": produced.missing}
        print_json({"page": str(produced.page.resolve()), **told, "files": [str(file) for file in files]})
    else:
        if produced.kept:
            run.remark(f"kept from before: {', '.join(produced.kept)}")
        answer().print(f"the page is at {produced.page.resolve()}", soft_wrap=True)
        for file in files[1:]:
            answer().print(f"  {file}", style="dim", soft_wrap=True)
    if interrupted.seen:
        raise KeyboardInterrupt
