from typing import Any

import typer

from seethrough.cli.app import app


def test_no_command_has_two_options_of_one_name() -> None:
    verbs: Any = typer.main.get_command(app)
    for verb in verbs.commands.values():
        for command in getattr(verb, "commands", {"": verb}).values():
            names = [name for option in command.params for name in option.opts]
            assert len(names) == len(set(names)), f"{verb.name} {command.name}"
