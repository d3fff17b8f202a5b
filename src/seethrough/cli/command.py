"""What every command has: its common options, and what it does with them."""

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from seethrough.cli import complete
from seethrough.errors import UserError
from seethrough.jobs import interruptible
from seethrough.networks.names import DEFAULT, check_name

if TYPE_CHECKING:
    from seethrough.networks.network import Network

Photos = Annotated[list[str], typer.Argument(metavar="PHOTO...", help="Files, folders, globs, or bundled samples.")]
Net = Annotated[str, typer.Option(help="The network; see `seethrough nets`.", autocompletion=complete.networks)]
Weights = Annotated[Path | None, typer.Option(metavar="FILE", help="Its weights: a local .safetensors or .pth.")]
Trust = Annotated[bool, typer.Option("--trust", help="Allow a network name that runs code of its own.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone.")]

_COMMON = {
    "device": Annotated[
        str | None, typer.Option(help="cpu, cuda, cuda:1, ...; the GPU where there is one.", rich_help_panel="Common")
    ],
    "bfloat16": Annotated[
        bool,
        typer.Option(
            "--bfloat16",
            help="Compute slopes and maps in half the bits: quicker on some machines; see `seethrough tune`.",
            rich_help_panel="Common",
        ),
    ],
    "compiled": Annotated[
        bool,
        typer.Option("--compile", help="Let torch.compile make passes quicker, if it can.", rich_help_panel="Common"),
    ],
    "threads": Annotated[int | None, typer.Option(min=1, help="CPU threads to use.", rich_help_panel="Common")],
    "seed": Annotated[
        int, typer.Option(min=0, help="Where randomness begins: same seed, same result.", rich_help_panel="Common")
    ],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.", rich_help_panel="Common")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.", rich_help_panel="Common")],
}
_DEFAULTS: dict[str, Any] = {
    "device": None,
    "bfloat16": False,
    "compiled": False,
    "threads": None,
    "seed": 0,
    "quiet": False,
    "debug": False,
}


@dataclass(frozen=True)
class Run:
    """One run of a command: its common options, and the ways to answer the person."""

    device: str | None
    bfloat16: bool
    compiled: bool
    threads: int | None
    seed: int
    quiet: bool

    def network(self, net: str = DEFAULT, weights: Path | None = None, trust: bool = False) -> "Network":
        """Load the network that was asked for, on the device and with the threads that were asked for."""
        check_name(net)  # a mistyped name is answered before torch is loaded
        if not self.quiet and sys.stderr.isatty():
            Console(stderr=True).print(f"[dim]loading {net} ...[/dim]", end="\r")
        with _to_the_end():
            from seethrough.networks.zoo import load

        self.set_threads()
        return load(
            net,
            weights=weights,
            device=self.device,
            trust=trust,
            precision="bfloat16" if self.bfloat16 else "float32",
            compiled=self.compiled,
        )

    def set_threads(self) -> None:
        """Let torch use as many threads as were asked for."""
        if self.threads is not None:
            with _to_the_end():
                import torch

            torch.set_num_threads(self.threads)

    def remark(self, line: str) -> None:
        """Say something on stderr that is no answer."""
        if not self.quiet:
            Console(stderr=True).print(line, style="dim", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _to_the_end() -> Iterator[None]:
    """Hear of Ctrl-C when all is loaded: one that comes while torch and numpy load is lost in them, or breaks them."""
    with interruptible() as pressed:
        yield
    if pressed.seen:
        raise KeyboardInterrupt


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command; it takes a Run first, and the command takes the common options beside its own."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def with_common(**given: Any) -> None:
            common = {option: given.pop(option) for option in _COMMON}
            common.pop("debug")  # read by the way in, before anything can fail
            function(Run(**common), **given)

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        kind = inspect.Parameter.KEYWORD_ONLY
        options = [
            inspect.Parameter(option, kind, default=_DEFAULTS[option], annotation=annotation)
            for option, annotation in _COMMON.items()
        ]
        parameters = [parameter.replace(kind=kind) for parameter in own] + options
        with_common.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_common.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name)(with_common)
        return function

    return register


def answer() -> Console:
    """Return the console for answers: as wide as the terminal, or as wide as needed when it goes to a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def print_json(value: Any) -> None:
    """Print JSON and nothing else."""
    print(json.dumps(value, indent=2, ensure_ascii=False))  # noqa: T201


def fail_late(mistakes: Sequence[str]) -> None:
    """End with the mistakes that did not keep the rest from being done, in one line."""
    if mistakes:
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise UserError(mistakes[0] + more)
