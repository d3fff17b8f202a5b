"""Write docs/methods.md, the page of all methods, from the verbs' tables.

.venv/bin/python docs/make_methods.py
"""

import importlib
from dataclasses import fields
from pathlib import Path

from seethrough.dream.recipes import RECIPES, Recipe
from seethrough.tables import Method, Setting, Table

PAGE = Path(__file__).with_name("methods.md")
VERBS = {
    "see": "seethrough.see.table:TABLE",
    "dream": "seethrough.dream.table:TABLE",
    "fool": "seethrough.fool.table:TABLE",
    "study": "seethrough.study.table:TABLE",
    "train": "seethrough.train.table:TABLE",
}
HEAD = """<!-- Written by docs/make_methods.py from the verbs' tables: change those, and run `make docs`. -->
# Methods

Every method is a function, such as `see.grad_cam(network, pixels)`, and a command, such as `seethrough see grad-cam`.
Settings are keyword arguments of the one and options of the other.

What a method takes beside the network is given by the options of the [command line](command-line.md#see) and, in Python,
by arguments: `class` is `classes`, `heatmap` the result of another method (`--method` makes it), `region` a mask, a box
or `points`. A `score` is a function, for Python alone. The seed is the common option `--seed`. A setting of `dream` whose
default is none is what the recipe says.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page as Markdown."""
    return HEAD + "".join(
        section(verb, table) + (recipes() if verb == "dream" else "") for verb, table in tables().items()
    )


def tables() -> dict[str, Table]:
    """Return the tables of the verbs there are."""
    found = {}
    for verb, where in VERBS.items():
        module, _, name = where.partition(":")
        try:
            found[verb] = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as missing:
            # Only a verb that is not there yet may be missing, nothing that it imports.
            if missing.name not in (module, module.rpartition(".")[0]):
                raise
    return found


def section(verb: str, table: Table) -> str:
    """Write one verb: what its methods say, then the settings of those that have any; what is alike in several, once."""
    rows = [method_row(method) for method in table.values()]
    shared: dict[Setting, list[str]] = {}
    for method in table.values():
        for setting in method.settings:
            shared.setdefault(setting, []).append(f"`{method.name}`")
    text = f"\n## {verb}\n\n" + lines(("Method", "Says", "Takes", "Makes"), rows)
    if shared:
        settings = [setting_row(setting, names) for setting, names in shared.items()]
        text += f"\n### Settings of {verb}\n\n" + lines(("Setting", "Of", "Default", "Range", "Is"), settings)
    return text


def method_row(method: Method) -> tuple[str, ...]:
    """Write one method."""
    return (f"`{method.name}`", method.says, ", ".join(method.needs), method.makes)


def setting_row(setting: Setting, methods: list[str]) -> tuple[str, ...]:
    """Write one setting."""
    default = "none" if setting.default is None else str(setting.default)
    values = ", ".join(setting.choices) or setting.range
    return (f"`{setting.name}`", ", ".join(methods), default, values, setting.says)


def recipes() -> str:
    """Write the recipes of dream: what each is, and the settings in which it differs from a plain one."""
    rows = []
    for name, recipe in RECIPES.items():
        plain = Recipe("")
        held = [
            f"`{field.name}` {value}" if not isinstance(value, float) else f"`{field.name}` {value:.4g}"
            for field in fields(Recipe)
            if (value := getattr(recipe, field.name)) != getattr(plain, field.name) and field.name != "says"
        ]
        rows.append((f"`{name}`", recipe.says, ", ".join(held)))
    return "\n### Recipes of dream\n\n" + lines(("Recipe", "Is", "Settings"), rows)


def lines(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    written = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in written)


if __name__ == "__main__":
    main()
