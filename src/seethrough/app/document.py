"""What was made in a view, as one page to keep: the same kind of page that an inspection writes."""

from collections.abc import Sequence

from seethrough.app.made import Made, picture
from seethrough.report import Page, Picture, Section, Table
from seethrough.report.page import render

SAYS = {"see": "what in the photo mattered", "dream": "images made by optimisation", "fool": "images that mislead"}


def document(made: Sequence[Made]) -> str:
    """Write a page of things made: each with its figure, its line, its numbers, and the command that repeats it."""
    nets = list(dict.fromkeys(one.net for one in made))
    verbs = list(dict.fromkeys(one.verb for one in made))
    title = "seethrough: " + ", ".join(SAYS[verb] for verb in verbs)
    return render(Page(title, f"Network: {', '.join(nets)}", tuple(_section(one) for one in made)))


def _section(one: Made) -> Section:
    title = one.method.strip("_").replace("_", " ")
    early = "It was stopped early: this is what there was." if one.stopped else ""
    return Section(
        title[0].upper() + title[1:],
        text=early,
        pictures=(Picture(picture(one, "figure"), one.result.line(), one.result.line(), one.command),),
        tables=_tables(one),
    )


def _tables(one: Made) -> tuple[Table, ...]:
    rows = one.result.table()
    if not rows:
        return ()
    plain = [{name: value for name, value in row.items() if isinstance(value, str | int | float)} for row in rows]
    head = tuple(dict.fromkeys(name for row in plain for name in row))
    return (Table(head, tuple(tuple(row.get(name, "") for name in head) for row in plain)),)
