"""`seethrough inspect`: mistakes in one line before any work, Ctrl-C, and where the page is."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seethrough.cli import run
from seethrough.jobs import Step, Watcher


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.jpg"], "nowhere.jpg"),
        (["coffee", "--to", "gldfish"], "closest: goldfish"),
        (["coffee", "--only", "guesses,sea"], "part 'sea' is not known; closest: see"),
        (["coffee", "--out", "/dev/null/x"], "/dev/null/x"),
        (["coffee", "--out", "taken"], "'taken' cannot be a folder"),
        (["coffee", "--net", "efficientnet-lite9"], "closest: efficientnet-lite0"),
        ([], "PHOTO"),
    ],
)
def test_a_mistake_is_one_line_before_any_work(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file of a person")
    monkeypatch.setattr("seethrough.labs.produce.produce", None)  # no part may be begun
    code = run(["inspect", *arguments, "--quiet"])
    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert words in shown.err and shown.err.count("\n") == 1 and shown.err.startswith("seethrough: ")
    assert (tmp_path / "taken").read_text() == "a file of a person"


def test_the_page_goes_beside_and_is_named_after_the_photo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["inspect", "cat", "--net", "cifar10-linear", "--only", "guesses, layers", "--quiet"]
    assert run(arguments) == 0
    page = tmp_path / "cat-inspected" / "index.html"
    assert str(page) in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "frog" in text and "There are no maps to show" in text and "How to fool it" not in text
    assert "http://" not in text and "https://" not in text and "<script" not in text
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["page"] == str(page) and told["made"] + told["kept"] == ["guesses", "layers"]


def test_ctrl_c_leaves_a_page_of_what_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pressed: list[Step] = []

    @contextmanager
    def impatient(label: str, *, quiet: bool = False) -> Iterator[Watcher]:
        def press(step: Step) -> None:
            # In the second part, and once: a second Ctrl-C would end it without a page.
            if step.done > 100 and not pressed:
                pressed.append(step)
                os.kill(os.getpid(), signal.SIGINT)

        yield press

    monkeypatch.setattr("seethrough.jobs.progress_bar", impatient)
    assert run(["inspect", "cat", "--net", "cifar10-linear", "--out", str(tmp_path)]) == 130
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "What it is" in page and "It was stopped before: Why" in page and page.rstrip().endswith("</html>")
    assert str(tmp_path / "index.html") in capsys.readouterr().out
