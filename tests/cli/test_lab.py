"""`seethrough lab`, on a document that is made in no time."""

import json
import zipfile
from pathlib import Path

import pytest

from seethrough.cli import run
from seethrough.jobs import Job, Step
from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part, Sections
from seethrough.labs.table import LABS, Lab
from seethrough.plots import sheet
from seethrough.report import Section, picture


def part(name: str) -> Part:
    def make(desk: Desk) -> Job[Sections]:
        yield Step(1, 2)
        figure, _ = sheet(1, 1)
        shown = picture(figure, "blank", code=desk.command("classify coffee"))
        return (Section(f"Task {name}", pictures=(shown,), numbers={"quick": desk.quick, "seed": desk.seed}),)

    return Part(name, f"task {name}", make)


PAPER = Document("digits", "A paper", lambda desk: "on digits", (part("A"), part("B")), ("alexnet-caffe", "mnist-cnn"))


@pytest.fixture(autouse=True)
def paper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Lab, "load", lambda self: PAPER)
    monkeypatch.setenv("SEETHROUGH_DATA", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path)


def results(folder: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(folder, "results.json").read_text())
    return found


def test_the_labs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in LABS)
    assert run(["lab", "list", "--json"]) == 0
    assert [lab["name"] for lab in json.loads(capsys.readouterr().out)["labs"]] == list(LABS)


def test_a_lab_is_made_where_its_name_says_and_says_what_stood_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "digits", "--quick", "--seed", "3", "-q"]) == 0
    assert str(Path("digits/index.html").resolve()) in capsys.readouterr().out
    told = results("digits")
    (remark,) = told["remarks"]  # type: ignore[misc]
    assert "alexnet-caffe could not be had here" in remark and "mnist-cnn stands in" in remark
    sections = told["sections"]
    assert isinstance(sections, list)
    assert sections[0]["numbers"] == {"quick": True, "seed": 3}
    assert sections[0]["pictures"][0]["code"] == "seethrough classify coffee --net mnist-cnn --seed 3"


def test_the_network_that_was_asked_for_is_taken_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "digits", "--net", "mnist-cnn-bn", "--out", "mine", "-q"]) == 0
    assert results("mine")["network"] == "mnist-cnn-bn" and results("mine")["remarks"] == []
    capsys.readouterr()
    assert run(["lab", "digits", "--net", "alexnet-caffe", "-q"]) == 2
    assert "stands in" not in capsys.readouterr().err
    assert not Path("digits").exists()


def test_one_part_one_file_to_hand_in_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "digits", "--only", "B", "--zip", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["made"] == ["B"] and told["missing"] == []
    assert told["files"] == ["digits/index.html", "digits/results.json", "digits/digits.zip"]
    with zipfile.ZipFile("digits/digits.zip") as packed:
        assert "digits/figures/B.png" in packed.namelist() and "digits/code/B.sh" in packed.namelist()
    assert run(["lab", "digits", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["made"] == ["A"] and told["kept"] == ["B"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("digits --only C", "part 'C' is not known"),
        ("digits --net mnist-cn", "network 'mnist-cn' is not known; closest: mnist-cnn"),
        ("digits --out taken", "out: 'taken' cannot be a folder: 'taken' is a file"),
        ("digit", "digit"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("a file")
    assert run(["lab", *words.split(), "-q"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert not Path("digits").exists() and Path("taken").read_text() == "a file"
