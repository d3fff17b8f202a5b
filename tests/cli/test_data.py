import json
from pathlib import Path

import pytest

from seethrough.cli.data import app
from seethrough.datasets.known import KNOWN
from seethrough.errors import UserError
from tests.datasets.layouts import pets_files


def run(*words: str) -> None:
    app(list(words), standalone_mode=False)


def test_the_list_says_what_is_there_and_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pets_files(tmp_path)
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"half")
    run("list", "--data", str(tmp_path))
    said = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[-1] for line in said if line.startswith(" ")}
    assert (rows["digits"], rows["mnist"], rows["cifar10"], rows["oxford-pets"]) == (
        "there",
        "missing",
        "damaged",
        "there",
    )
    assert said[-2:] == [
        "cifar10: cifar-10-python.tar.gz is damaged or half downloaded (4 of 170,498,071 bytes)",
        "oxford-pets: a part: 3 of 7,349 pictures",
    ]


def test_the_list_as_json_has_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("list", "--data", str(tmp_path), "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["root"] == str(tmp_path)
    assert [row["name"] for row in said["data"]] == list(KNOWN)
    assert [row["condition"] for row in said["data"]] == ["there"] + ["missing"] * (len(KNOWN) - 1)


def test_getting_what_is_there_says_where(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pets_files(tmp_path)
    run("get", "oxford-pets", "--data", str(tmp_path))
    assert capsys.readouterr().out == f"oxford-pets: {tmp_path}/oxford-iiit-pet (a part: 3 of 7,349 pictures)\n"


def test_a_mistyped_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="data 'cifar' is not known; closest: cifar10"):
        run("get", "cifar", "--data", str(tmp_path))
