"""What the documents say holds: examples run and print what is shown, commands and links exist, drawings are true."""

import contextlib
import dataclasses
import doctest
import importlib
import io
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import typer

import seethrough
from seethrough.cli import run
from seethrough.cli.app import app
from seethrough.labs.table import LABS
from seethrough.results import Result
from seethrough.results.kinds import KINDS, kind_class
from tests.test_house import FLOORS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Leave the other core to the other worker: two that fight over both take many times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def pages_with(*languages: str) -> list[Any]:
    found = [page for page in PAGES if any(kind in languages for kind, _, _ in blocks(page))]
    return [pytest.param(page, id=name_of(page)) for page in found]


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Return the code blocks of a page: language, code, and the text block that follows at once (what it prints)."""
    text = page.read_text(encoding="utf-8")
    found = list(BLOCK.finditer(text))
    listed = []
    for place, block in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        prints = after is not None and after[1] == "text" and not text[block.end() : after.start()].strip()
        listed.append((block[1], block[2], after[2] if after and prints else ""))
    return listed


def same_text(shown: str, printed: str) -> bool:
    """Compare what a page shows with what was printed: `...` stands for anything, blanks count once."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(f" {shown}", f" {printed}", options)


def typed_commands() -> list[Any]:
    """Return every `seethrough ...` line of a shell block, without its prompt."""
    return [
        pytest.param(line.removeprefix("$ "), id=f"{name_of(page)}: {line}")
        for page in PAGES
        for language, code, _ in blocks(page)
        if language in ("sh", "console")
        for line in code.splitlines()
        if re.match(r"(\$ )?seethrough ", line)
    ]


@pytest.mark.parametrize("page", pages_with("python"))
def test_the_examples_run_and_print_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # What other tests imported must not make an example work.
    for name in [name for name, value in vars(seethrough).items() if isinstance(value, ModuleType)]:
        monkeypatch.delattr(seethrough, name)
    namespace: dict[str, Any] = {"__name__": "example"}
    for language, code, shown in blocks(page):
        if language != "python":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name_of(page), "exec"), namespace)
        if shown or printed.getvalue():
            assert same_text(shown, printed.getvalue()), f"{code}\nprints\n{printed.getvalue()}"


@pytest.mark.parametrize("page", pages_with("console"))
def test_the_commands_print_what_the_page_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for language, code, _ in blocks(page):
        if language != "console":
            continue
        for line, shown in re.findall(r"^\$ seethrough (.*)\n((?:(?!\$ ).*\n)*)", code, re.MULTILINE):
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                run([*shlex.split(line), "--quiet"])
            assert same_text(shown, said.getvalue()), f"seethrough {line}\nprints\n{said.getvalue()}"


@pytest.mark.parametrize("line", typed_commands())
def test_a_command_in_the_documents_exists_with_its_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    context = command.context_class(command, info_name="seethrough")
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        if words[0] not in command.commands and hasattr(command, "fallback"):
            words.insert(0, command.fallback)
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command = command.commands[words.pop(0)]
        context = command.context_class(command, info_name=command.name, parent=context)
    # The parser alone: it knows the options, and does none of the work.
    command.make_parser(context).parse_args(words)


def test_every_command_and_option_is_in_the_documents() -> None:
    text, methods = ((DOCS / page).read_text(encoding="utf-8") for page in ("command-line.md", "methods.md"))
    verbs: Any = typer.main.get_command(app)
    for verb, command in verbs.commands.items():
        assert f"\n## {verb}\n" in text, f"docs/command-line.md says nothing of {verb}"
        for each in getattr(command, "commands", {"": command}).values():
            for option in each.params:
                # A setting is on the page of methods under its name.
                known = f"`{option.opts[0]}" in text or f"`{option.name}`" in methods
                assert known or option.param_type_name == "argument", f"{verb} {each.name}: {option.opts[0]}"


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in PAGES])
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"https?:", target):
            continue
        path, _, heading = target.partition("#")
        goal = page.parent / path if path else page
        assert goal.is_file(), f"{name_of(page)} links to {target}, which is not there"
        assert DOCS in goal.parents or page.parent == ROOT, f"{target} lies outside the site"
        assert not heading or heading in headings(goal), f"{name_of(page)} links to {target}: there is no such heading"


def headings(page: Path) -> set[str]:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()) for title in titles}


def test_make_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        code = re.findall(r"`make (\w+)`|^make (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert {one or other for one, other in code} <= targets, name_of(page)


def test_the_floors_are_drawn_as_they_are() -> None:
    drawing = (DOCS / "architecture.md").read_text(encoding="utf-8")
    drawn = [set(rooms.split()) for rooms in re.findall(r"^│ (.+?) *│", drawing, re.MULTILINE)]
    assert drawn[::-1] == FLOORS


def test_the_page_of_methods_is_what_the_tables_say() -> None:
    written = runpy.run_path(str(DOCS / "make_methods.py"))["page"]()
    assert (DOCS / "methods.md").read_text(encoding="utf-8") == written, "run `make docs`, and commit docs/methods.md"


def test_the_table_of_bundled_networks_is_what_their_cards_say() -> None:
    written = runpy.run_path(str(DOCS / "make_bundled.py"))["table"]()
    assert written in (DOCS / "train.md").read_text(encoding="utf-8"), (
        "run docs/make_bundled.py, and commit docs/train.md"
    )


@pytest.mark.parametrize("verb", ["see", "dream", "fool", "train", "study"])
def test_the_guide_shows_every_method_in_python_and_on_the_command_line(verb: str) -> None:
    code = blocks(DOCS / f"{verb}.md")
    typed, python = ("".join(text for kind, text, _ in code if kind == language) for language in ("sh", "python"))
    for method in importlib.import_module(f"seethrough.{verb}.table").TABLE.values():
        assert f"seethrough {verb} {method.command} " in typed, method.command
        assert f"{verb}.{method.name}(" in python, method.name


def test_the_guide_of_labs_shows_every_lab() -> None:
    text = (DOCS / "labs.md").read_text(encoding="utf-8")
    for name in LABS:
        assert f"seethrough lab {name}" in text and f"| `{name}` |" in text, name


def test_every_kind_of_result_is_in_the_documents_with_its_fields() -> None:
    text = (DOCS / "results.md").read_text(encoding="utf-8")
    common = {field.name for field in dataclasses.fields(Result)}
    for kind in KINDS:
        row = re.search(rf"^\| `{kind}` \|.*$", text, re.MULTILINE)
        assert row, kind
        for field in dataclasses.fields(kind_class(kind)):
            assert f"`{field.name}`" in row[0] or field.name in common, f"{kind}: {field.name}"


def test_pictures_are_small_and_used() -> None:
    used = "".join(page.read_text(encoding="utf-8") for page in PAGES) + (ROOT / "zensical.toml").read_text("utf-8")
    for picture in (DOCS / "pictures").iterdir():
        assert picture.stat().st_size < 150_000, picture.name
        assert f"pictures/{picture.name}" in used, f"{picture.name} is on no page"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the documentation, warnings being errors."""
    place = tmp_path_factory.mktemp("documentation")
    shutil.copytree(DOCS, place / "docs")
    shutil.copy(ROOT / "zensical.toml", place)
    zensical = Path(sys.executable).with_name("zensical")
    if not zensical.exists():
        pytest.skip("needs zensical")
    done = subprocess.run([zensical, "build", "--clean", "--strict"], cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "site"


def test_every_page_is_built_and_in_the_navigation(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert (site / f"{page.stem}.html").is_file()
        linked = re.search(rf'href="(\./)?{page.stem}\.html"', index)
        assert linked or page.stem == "index", f"{page.name} is not in zensical.toml"
    assert not list(site.rglob("*.py"))


def test_the_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    fetching = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*(?:src|href)=\"?((?:https?:)?//[^\">\s]+)")
    for page in site.rglob("*.html"):
        assert fetching.findall(page.read_text(encoding="utf-8")) == [], page.name
