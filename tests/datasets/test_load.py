import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from seethrough import datasets
from seethrough.datasets.known import KNOWN
from seethrough.datasets.load import READERS
from seethrough.errors import UserError
from tests.datasets.layouts import mnist_files, picture_file


def test_every_known_name_has_a_reader() -> None:
    assert list(READERS) == list(KNOWN)


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "digits"])
def test_what_is_not_there_is_said_at_once_with_what_works_offline(tmp_path: Path, name: str) -> None:
    datasets.load("digits")  # torch and torchvision are there by now
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        datasets.load(name, root=tmp_path / "my data")
    assert time.monotonic() - start < 4  # at once on an idle machine
    line = str(caught.value)
    assert line.startswith(
        f"data {name!r} was looked for in {str(tmp_path / 'my data')!r}: {KNOWN[name].folder} is missing"
    )
    assert f"seethrough data get {name} --data '{tmp_path}/my data'; " in line
    assert line.endswith("without a network: digits, a folder of class folders, or an .npz")


def test_where_it_looks_is_the_root_given_then_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist_files(tmp_path / "given", train=1)
    mnist_files(tmp_path / "variable", train=2)
    monkeypatch.setenv("SEETHROUGH_DATA", str(tmp_path / "variable"))
    assert len(datasets.load("mnist", root=tmp_path / "given")) == 1
    assert len(datasets.load("mnist")) == 2


def test_a_name_is_a_path_only_if_it_looks_like_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    picture_file(tmp_path / "digits" / "cat" / "0.png")
    picture_file(tmp_path / "holiday" / "0.png")
    np.savez(tmp_path / "mine.npz", images=np.zeros((2, 8, 8), np.uint8), labels=[0, 1])
    assert len(datasets.load("digits", None)) == 1797
    assert datasets.load("./digits").classes == ("cat",)
    assert datasets.load(Path("digits")).classes == ("cat",)
    assert len(datasets.load("holiday")) == 1
    assert len(datasets.load("mine.npz")) == 2


def test_the_folder_one_stands_in_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist_files(tmp_path)
    monkeypatch.chdir(tmp_path / "MNIST")
    assert len(datasets.load(Path(), "test")) == 3


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mnsit", "data 'mnsit' is not known; closest: mnist"),
        ("./nowhere", "data 'nowhere' does not exist"),
        ("nowhere.npz", "data 'nowhere.npz' does not exist"),
    ],
)
def test_a_name_that_leads_nowhere_is_said(name: str, line: str) -> None:
    with pytest.raises(UserError, match=line):
        datasets.load(name)


def test_a_split_that_is_none_is_said() -> None:
    with pytest.raises(UserError, match="split is 'validation'; right would be 'train', 'test', or None for all"):
        datasets.load("digits", "validation")


def test_the_test_part_of_one_npz_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", images=np.zeros((2, 8, 8), np.uint8), labels=[0, 1])
    with pytest.raises(UserError, match="has one part only"):
        datasets.load(tmp_path / "mine.npz", "test")


def test_looking_at_what_there_is_loads_nothing_heavy() -> None:
    code = (
        "import sys; from seethrough.datasets.known import KNOWN; from seethrough.datasets.state import state;"
        "from seethrough.datasets.root import data_root; [state(known, data_root()) for known in KNOWN.values()];"
        "import seethrough.datasets.fetch, seethrough.cli.data; print({'torch', 'numpy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
