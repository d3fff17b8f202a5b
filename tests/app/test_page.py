"""The built page: there, small, complete in itself, and what its sources build."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src" / "seethrough" / "app" / "page"
WEB = ROOT / "web"
FIRST = 400_000
"""Bytes of the first page at most, pictures included."""


def built(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_first_page_is_small(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    inside = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert any(name.endswith(".js") for name in inside) and any(name.endswith(".css") for name in inside)
    sizes = {name: len(client.get(name).content) for name in inside}
    assert sum(sizes.values()) + len(page.content) < FIRST * 3 / 4, sizes  # the rest is for the photo and a layer


def test_the_page_names_no_other_server() -> None:
    for name, data in built(PAGE).items():
        for address in re.findall(rb"(?:https?:)?//[\w-]+\.[\w.-]+[^\s\"'`)]*", data):
            # What a drawing is, and where Svelte explains a mistake: names, never asked for.
            assert re.match(rb"http://www\.w3\.org/|https://svelte\.dev/e/", address), (name, address)


def test_the_page_runs_nothing_inline() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)


@pytest.mark.skipif(shutil.which("npx") is None, reason="needs Node: npx")
@pytest.mark.skipif(not (WEB / "node_modules" / "vite").is_dir(), reason="needs web/node_modules: make page-parts")
def test_the_page_is_what_its_sources_build(tmp_path: Path) -> None:
    command = ["npx", "vite", "build", "--outDir", str(tmp_path / "page"), "--emptyOutDir", "--logLevel", "error"]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, env={**os.environ, "CI": "1"}, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    new, there = built(tmp_path / "page"), built(PAGE)
    assert new.keys() == there.keys(), "run `make page`, and commit src/seethrough/app/page"
    assert [name for name in new if new[name] != there[name]] == [], "run `make page`, and commit what it built"


@pytest.mark.skipif(shutil.which("npx") is None, reason="needs Node: npx")
@pytest.mark.skipif(not (WEB / "node_modules" / "svelte-check").is_dir(), reason="needs web/node_modules")
def test_the_sources_of_the_page_are_sound() -> None:
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=WEB, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_list_of_parts_names_no_registry() -> None:
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text and "registry" not in text
