import gzip
import hashlib
import io
import os
import socket
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seethrough.datasets import fetch
from seethrough.datasets.known import KNOWN, Download, File, Known
from seethrough.errors import UserError
from seethrough.jobs import Step, run

FETCH = sys.modules["seethrough.datasets.fetch"]  # on the package, the function stands in its place
PICTURES = {f"images/{number}.jpg": bytes([number]) * 5000 for number in range(5)}
PACKED = gzip.compress(b"labels", mtime=0)


def archive() -> bytes:
    """Return a .tar.gz of some files, and of what must never be unpacked."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, data in {**PICTURES, "../outside": b"x", "/tmp/seethrough-outside": b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("images/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        packed.addfile(link)
    return content.getvalue()


class Server:
    """Files by their path, how many bytes of each are sent before the line is cut, and what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        self.url = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            content = served.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: served.cut.get(self.path)])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        served.url = f"http://127.0.0.1:{http.server_port}"
        yield served
        http.shutdown()


@pytest.fixture
def tiny(server: Server, monkeypatch: pytest.MonkeyPatch) -> Known:
    """Make a data set known that this machine serves: a packed file, and an archive of pictures."""
    served = {"/labels.gz": PACKED, "/images.tar.gz": archive()}
    server.files |= served

    def download(path: str, place: str) -> Download:
        return Download(server.url + path, place, hashlib.md5(served[path]).hexdigest(), len(served[path]))

    known = Known(
        "tiny",
        "for tests",
        5,
        1,
        "tiny",
        "Tiny",
        "raw",
        (
            File("raw/labels.gz", hashlib.md5(PACKED).hexdigest(), 6),
            *(File(name, hashlib.md5(content).hexdigest()) for name, content in PICTURES.items()),
        ),
        (),
        (download("/labels.gz", "Tiny/raw/labels.gz"), download("/images.tar.gz", "Tiny/images.tar.gz")),
    )
    monkeypatch.setitem(KNOWN, "tiny", known)
    return known


def files_in(root: Path) -> set[str]:
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file() or file.is_symlink()}


WHOLE = {"Tiny/raw/labels.gz", "Tiny/images.tar.gz", *(f"Tiny/{name}" for name in PICTURES)}


def test_files_are_brought_checked_and_unpacked(tiny: Known, tmp_path: Path) -> None:
    found = fetch("tiny", tmp_path / "data")
    assert (found.condition, found.where) == ("there", tmp_path / "data" / "Tiny")
    assert files_in(tmp_path) == {f"data/{file}" for file in WHOLE}
    for name, content in PICTURES.items():
        assert (tmp_path / "data" / "Tiny" / name).read_bytes() == content


def test_what_is_there_is_not_asked_for_again(tiny: Known, tmp_path: Path, server: Server) -> None:
    fetch("tiny", tmp_path)
    assert sorted(server.asked) == ["/images.tar.gz", "/labels.gz"]
    fetch("tiny", tmp_path)
    assert len(server.asked) == 2
    (tmp_path / "Tiny" / "images" / "3.jpg").write_bytes(b"half")
    assert fetch("tiny", tmp_path).condition == "there"
    assert len(server.asked) == 2  # unpacked again from the archive that is whole
    (tmp_path / "Tiny" / "raw" / "labels.gz").unlink()
    assert fetch("tiny", tmp_path).condition == "there"
    assert server.asked[2:] == ["/labels.gz"]


def test_a_half_downloaded_archive_is_fetched_anew(tiny: Known, tmp_path: Path, server: Server) -> None:
    (tmp_path / "Tiny").mkdir()
    (tmp_path / "Tiny" / "images.tar.gz").write_bytes(archive()[:100])
    assert fetch("tiny", tmp_path).condition == "there"
    assert "/images.tar.gz" in server.asked


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_download_is_said_and_dropped(tiny: Known, tmp_path: Path, server: Server, damage: str) -> None:
    if damage == "cut":
        server.cut["/images.tar.gz"] = 50
    else:
        server.files["/images.tar.gz"] = archive()[:-1] + b"x"
    with pytest.raises(UserError, match=r"ended after 50 of \d+ bytes|IncompleteRead|its MD5 is not the published one"):
        fetch("tiny", tmp_path)
    assert files_in(tmp_path) == {"Tiny/raw/labels.gz"}


def test_what_the_server_does_not_have_is_said(tiny: Known, tmp_path: Path, server: Server) -> None:
    del server.files["/labels.gz"]
    with pytest.raises(UserError, match=r"data 'tiny' needs .* its files, which failed: .* 404") as caught:
        fetch("tiny", tmp_path)
    assert str(caught.value).endswith("without a network: digits, a folder of class folders, or an .npz")
    assert files_in(tmp_path) == set()


def test_without_a_network_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    line = "data 'cifar10' needs a download of its files and the proxy 127.0.0.1 cannot be reached; without a network: digi"
    with pytest.raises(UserError, match=line):
        fetch("cifar10", tmp_path)
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("at", range(1, 8))
def test_a_stop_leaves_whole_files_alone(tiny: Known, tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FETCH, "CHUNK", 100)
    steps: list[Step] = []

    def stop(step: Step) -> bool:
        steps.append(step)
        return len(steps) == at

    found = run(fetch.job("tiny", tmp_path), stop)
    assert found.condition != "there"
    assert len(steps) == at
    assert files_in(tmp_path) < WHOLE
    for download in tiny.downloads:
        file = tmp_path / download.path
        assert not file.exists() or hashlib.md5(file.read_bytes()).hexdigest() == download.md5
    for name in files_in(tmp_path) & {f"Tiny/{name}" for name in PICTURES}:
        assert (tmp_path / name).read_bytes() == PICTURES[name.removeprefix("Tiny/")]
    assert fetch("tiny", tmp_path).condition == "there"


def test_the_steps_count_up_to_the_whole(tiny: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FETCH, "MEGA", 1)
    monkeypatch.setattr(FETCH, "CHUNK", 50)
    steps: list[Step] = []
    run(fetch.job("tiny", tmp_path), steps.append)
    first, second = len(PACKED), len(archive())
    whole = first + second
    assert {step.total for step in steps} == {whole}
    downloaded = [first, *(first + count for count in range(50, second, 50)), whole]
    assert [step.done for step in steps] == downloaded + [whole] * len(PICTURES)


def test_a_folder_that_cannot_be_written_is_said(tiny: Known, tmp_path: Path) -> None:
    (tmp_path / "Tiny").write_text("a file where the folder would be")
    with pytest.raises(UserError, match="cannot be written"):
        fetch("tiny", tmp_path)


def test_what_comes_with_a_package_needs_no_download(tmp_path: Path) -> None:
    assert fetch("digits", tmp_path).condition == "there"
