"""A document is made part by part: kept, gone on with, stopped and packed."""

import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, run
from seethrough.labs.desk import Desk
from seethrough.labs.document import Document, Part, Sections
from seethrough.labs.kept import keep, kept
from seethrough.labs.produce import packed, parts_named, produce
from seethrough.plots import sheet
from seethrough.report import Section, Table, picture
from tests.nets import linear_network


@dataclass
class Calls:
    """What was made, in order; the part `breaks` raises."""

    made: list[str]
    breaks: str = ""


def document(calls: Calls, names: str = "abc") -> Document:
    def part(name: str) -> Part:
        def make(desk: Desk) -> Job[Sections]:
            for done in range(1, 5):
                yield Step(done, 4)
            if calls.breaks == name:
                raise RuntimeError("a bug")
            calls.made.append(name)
            figure, _ = sheet(1, 1)
            shown = picture(figure, f"nothing, for {name}", "A blank.", desk.command("classify coffee"))
            table = Table(("what", "how much"), (("one", 1), ("half", 0.5)), "two rows")
            first = Section(f"{name.upper()}. First", "Words.", (shown, shown), (table,), numbers={"seed": desk.seed})
            return first, Section("Second", answer="Less.", code="import seethrough", level=3)

        return Part(name, f"part {name}", make)

    return Document("paper", "A paper", lambda desk: f"on {desk.network.name}", tuple(map(part, names)), ("lite0",))


def desk(out: Path, **changes: object) -> Desk:
    empty = out.parent / "data"
    empty.mkdir(exist_ok=True)
    found = Desk(linear_network()[0], out / ".kept", data=empty)
    return replace(found, **changes)  # type: ignore[arg-type]


def results(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "results.json").read_text())
    return found


def test_the_page_the_figures_the_code_and_the_numbers_are_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    produced = produce(document(Calls([])), desk(out, seed=3), out, command="seethrough lab paper")
    assert produced.made == ("a", "b", "c") and produced.kept == produced.missing == ()
    told = results(out)
    assert told["command"] == "seethrough lab paper" and told["missing"] == [] and told["network"] == "linear"
    sections = told["sections"]
    assert isinstance(sections, list) and [one["part"] for one in sections] == list("aabbcc")
    assert sections[0]["numbers"] == {"seed": 3} and sections[0]["tables"][0]["rows"] == [["one", 1], ["half", 0.5]]
    shown = sections[0]["pictures"][1]
    assert shown["file"] == "figures/a-2.png" and (out / shown["file"]).read_bytes()[1:4] == b"PNG"
    assert (out / shown["code file"]).read_text() == "seethrough classify coffee --seed 3\n"
    page = produced.page.read_text()
    assert page.count("<section") == 7 and "Still being made" not in page and 'http-equiv="refresh"' not in page
    assert page.index("A. First") < page.index("B. First") < page.index("C. First")


def test_what_was_made_is_not_made_again_unless_what_it_rests_on_has_changed(tmp_path: Path) -> None:
    calls, out = Calls([]), tmp_path / "out"
    produce(document(calls), desk(out), out)
    before = (out / "index.html").read_bytes(), (out / "results.json").read_bytes()
    again = produce(document(calls), desk(out), out)
    assert calls.made == list("abc") and again.kept == ("a", "b", "c") and again.made == ()
    assert before == ((out / "index.html").read_bytes(), (out / "results.json").read_bytes())
    (tmp_path / "data" / "new.png").write_bytes(b"x")
    for changed in ({}, {"seed": 1}, {"quick": True}, {"network": linear_network(seed=1)[0]}, {"photo": "coffee"}):
        calls.made.clear()
        assert produce(document(calls), desk(out, **changed), out).kept == () and calls.made == list("abc")


def test_a_killed_one_goes_on_where_it_was(tmp_path: Path) -> None:
    calls, out = Calls([], breaks="c"), tmp_path / "out"
    with pytest.raises(RuntimeError):
        produce(document(calls), desk(out), out)
    standing = (out / "index.html").read_text()
    assert "B. First" in standing and "Still being made: part c" in standing and 'http-equiv="refresh"' in standing
    calls.breaks = ""
    assert produce(document(calls), desk(out), out).made == ("c",)
    assert calls.made == list("abc")


def test_asked_to_stop_it_leaves_a_page_of_what_there_is_and_says_what_is_missing(tmp_path: Path) -> None:
    calls, out = Calls([]), tmp_path / "out"
    seen: list[Step] = []

    def watch(step: Step) -> bool:
        seen.append(step)
        return step.done == 150  # in the middle of the second part

    produced = run(produce.job(document(calls), desk(out), out), watch)
    assert produced.made == ("a",) and produced.missing == ("b", "c") and calls.made == ["a"]
    assert "It was stopped before: part b; part c." in produced.page.read_text()
    assert results(out)["missing"] == ["part b", "part c"]
    assert [step.done for step in seen] == sorted(step.done for step in seen) and seen[-1].total == 300
    last = seen[-1].peek
    assert last is not None and last() == produced
    assert produce(document(calls), desk(out), out).kept == ("a",)


def test_some_parts_alone_and_files_of_a_person_stay(tmp_path: Path) -> None:
    calls, out = Calls([]), tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "mine.png").write_bytes(b"mine")
    produce(document(calls), desk(out), out)
    assert (out / "figures" / "a-1.png").exists()
    produce(document(calls), desk(out), out, only=["c", "b"])
    assert calls.made == list("abc") and not (out / "figures" / "a-1.png").exists()
    assert (out / "figures" / "mine.png").read_bytes() == b"mine"
    assert "part a" not in (out / "index.html").read_text()
    with pytest.raises(UserError, match="part 'd' is not known"):
        parts_named(document(calls), ["d"])


def test_a_kept_part_that_is_damaged_is_made_again(tmp_path: Path) -> None:
    calls, out = Calls([]), tmp_path / "out"
    produce(document(calls, "a"), desk(out), out)
    (page,) = (out / ".kept").rglob("sections.json")
    page.write_text(page.read_text()[:100])
    produce(document(calls, "a"), desk(out), out)
    assert calls.made == ["a", "a"]


def test_sections_read_back_are_the_sections_that_were_kept(tmp_path: Path) -> None:
    def last(work: Job[Sections]) -> Sections:
        return run(work)

    (part,) = document(Calls([]), "a").parts
    sections = last(part.make(desk(tmp_path / "out")))
    keep(sections, tmp_path / "kept")
    assert kept(tmp_path / "kept") == sections
    assert kept(tmp_path / "nothing") is None


def test_packed_it_holds_all_that_is_handed_in_and_equal_documents_are_equal_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    produce(document(Calls([]), "a"), desk(out), out)
    packed(out, tmp_path / "paper.zip")
    packed(out, tmp_path / "other" / "paper.zip")
    with zipfile.ZipFile(tmp_path / "paper.zip") as archive:
        assert sorted(archive.namelist()) == [
            *("paper/code/a-1.sh", "paper/code/a-2.sh", "paper/figures/a-1.png", "paper/figures/a-2.png"),
            *("paper/index.html", "paper/results.json"),
        ]
    assert (tmp_path / "paper.zip").read_bytes() == (tmp_path / "other" / "paper.zip").read_bytes()


def test_how_a_network_is_named_again(tmp_path: Path) -> None:
    at = desk(tmp_path / "out", words="--net timm:resnet18 --weights 'my net.pth'")
    assert (
        at.command("see gradient coffee") == "seethrough see gradient coffee --net timm:resnet18 --weights 'my net.pth'"
    )
    assert at.python("network.totals()", uses="see, photo") == (
        "from seethrough import load, see, photo\n\n"
        "network = load('timm:resnet18', weights='my net.pth')\nnetwork.totals()"
    )
    assert "network = load()\n" in desk(tmp_path / "out").python("network.totals()")
