"""Whether what a page says one may type can be typed."""

import ast
import shlex
from collections.abc import Mapping
from typing import Any

import click
import typer.main

from seethrough.cli.app import app


def assert_commands_parse(results: Mapping[str, Any]) -> None:
    """Read every command of a document as the command line would, and every piece of Python as Python would."""
    said = [results["command"]] + [
        code
        for section in results["sections"]
        for code in (section["code"], *(picture["code"] for picture in section["pictures"]))
    ]
    for code in filter(None, said):
        if code.startswith("seethrough "):
            for line in code.replace("\\\n", " ").splitlines():
                assert_command_parses(line)
        else:
            ast.parse(code)


def assert_command_parses(line: str) -> None:
    """Read a command as the command line would."""
    words = shlex.split(line, comments=True)
    assert words[0] == "seethrough", line
    command: Any = typer.main.get_command(app)
    context = None
    rest = words[1:]
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        assert rest, line
        context = command.make_context(rest[0], [*rest], parent=context, resilient_parsing=True)
        # What the group made of the words: one that falls back to a command puts its name before them.
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, f"{line}: no command {name}"
        command = found
    try:
        command.make_context(words[1], list(rest), parent=context)
    except Exception as refused:
        raise AssertionError(f"{line}: {refused}") from refused
