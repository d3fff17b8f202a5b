"""The page in Debian's Chromium on a server of its own; whatever goes wrong on the way fails the test."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SMALL, LARGE = "cifar10-cnn", "efficientnet-lite0"
PATIENCE = 30_000
"""Milliseconds at most until what is expected is there: a machine may have much else to do."""

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BUILT = Path(__file__).parents[3] / "src" / "seethrough" / "app" / "page"
PAGE = Path(os.environ.get("SEETHROUGH_PAGE") or BUILT)
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: make browser"),
    pytest.mark.skipif(not (PAGE / "index.html").is_file(), reason="needs the built page: make page"),
]

Visit = Callable[..., "Page"]


@contextlib.contextmanager
def serving(dreams: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the page with the small network, and yield its address and the process."""
    command = [str(Path(sys.executable).with_name("seethrough")), "app", "--port", "0", "--net", SMALL]
    around = {**os.environ, "XDG_CACHE_HOME": str(dreams), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            said = server.stdout.readline()
            assert " at http://" in said, said + server.stderr.read()
            yield said.split(" at ")[1].split()[0].rstrip("/"), server
            if server.poll() is None:
                server.send_signal(signal.SIGINT)
                assert server.wait(30) == 0
                left = server.stderr.read()
                assert left == "", left
        finally:
            server.kill()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("cache")) as (address, _):
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Open a browser for one module: Playwright's loop would be in the way of tests that have their own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """Collect what goes wrong in the pages of a test; what it expects, it takes out with `expected`."""
    heard: list[str] = []
    yield heard
    assert heard == []


def expected(troubles: list[str], words: str) -> None:
    """Take out the troubles that belong to the test: there is at least one of them."""
    left = [one for one in troubles if words not in one]
    assert len(left) < len(troubles), f"nothing went wrong with {words!r}: {troubles}"
    troubles[:] = left


@pytest.fixture
def visit(chromium: "Browser", address: str, troubles: list[str]) -> Iterator[Visit]:
    """Return what opens the page in a browser of its own, so with nothing brought and nothing made."""
    contexts = []

    def opened(words: str = "", *, width: int = 1280, at: str = address, **more: Any) -> "Page":
        context = chromium.new_context(viewport={"width": width, "height": 800}, **more)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch(page, at, troubles)
        page.goto(f"{at}/{words}")
        return page

    yield opened
    for context in contexts:
        context.close()


def watch(page: "Page", address: str, troubles: list[str]) -> None:
    """Write down what the page complains of, what fails, and what it asks of any other place."""
    here = (address, address.replace("http", "ws", 1), "data:", "blob:")
    page.on("console", lambda said: said.type in ("error", "warning") and troubles.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
    page.on("request", lambda asked: asked.url.startswith(here) or troubles.append(f"asks elsewhere: {asked.url}"))
    page.on("websocket", lambda asked: asked.url.startswith(here) or troubles.append(f"asks elsewhere: {asked.url}"))
    # What a page or a person no longer waits for is aborted: nothing failed.
    page.on(
        "requestfailed",
        lambda asked: asked.failure == "net::ERR_ABORTED" or troubles.append(f"failed: {asked.url} {asked.failure}"),
    )
