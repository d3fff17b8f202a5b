"""Take the pictures of the page of `seethrough app`: every room in both themes, used as a person would.

.venv/bin/python docs/make_app_pictures.py [FOLDER]

The light ones go into docs/pictures; with a FOLDER all of them go there, to be looked at. Chromium is needed.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
LARGEST = 150_000
LONG = 180_000
"""Milliseconds that a job may take on a slow machine."""


def inside(page: Page) -> None:
    """Dream an opened unit."""
    page.get_by_role("button", name=re.compile("Dream (this unit|it again)")).click()
    expect(page.get_by_role("img", name="dream", exact=False).first).to_be_visible(timeout=LONG)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=LONG)


def explain(page: Page) -> None:
    """Wait for the first maps, and measure them."""
    expect(page.locator("article .overlay")).to_have_count(3, timeout=LONG)
    page.get_by_role("button", name="Measure all").click()
    expect(page.get_by_text("insertion", exact=False).first).to_be_visible(timeout=LONG)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=LONG)


def dream(page: Page) -> None:
    """Dream a class to its end."""
    page.get_by_role("button", name="Dream this class").click()
    expect(page.get_by_role("link", name="Result file").first).to_be_visible(timeout=LONG)


def fool(page: Page) -> None:
    """Lead the photo into another class, and try how well that lasts."""
    page.get_by_role("button", name="Fool it").click()
    expect(page.get_by_role("button", name="Try it")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It lasts through")).to_be_visible(timeout=LONG)


def compare(page: Page) -> None:
    """Wait for both networks' maps."""
    expect(page.locator("article .overlay, .overlay")).not_to_have_count(0, timeout=LONG)


ROOMS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "inside": ("?room=inside&photo=cat&layer=blocks.4.2", inside),
    "explain": ("?room=explain&photo=cat&methods=grad_cam,smooth_grad,guided_backprop", explain),
    "dream": ("?room=dream&what=1", dream),
    "fool": ("?room=fool&to=1", fool),
    "compare": ("?room=compare&photo=moped&other=cifar10-best", compare),
}


def main() -> None:
    """Take them all."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("needs Chromium: make browser")
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as play:
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("seethrough")), "app", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": cache},
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split(" at ")[1].split()[0]
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for scheme in ("light", "dark") if folder else ("light",):
                page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 960})  # type: ignore[arg-type]
                for name, (where, use) in ROOMS.items():
                    page.goto(address + where)
                    page.wait_for_load_state("networkidle")
                    use(page)
                    page.wait_for_load_state("networkidle")
                    page.mouse.move(0, 0)
                    page.evaluate("scrollTo(0, 0)")
                    keep(page, folder / f"{name}-{scheme}.png" if folder else PICTURES / f"app-{name}.webp")
            browser.close()
        finally:
            server.terminate()
            server.wait(30)


def keep(page: Page, path: Path) -> None:
    """Write what is seen, in few bytes; for looking, the whole page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent != PICTURES:
        page.screenshot(path=path, full_page=True)
        return
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in (90, 84, 78, 72, 66):
        shot.save(path, quality=quality, method=6)
        if path.stat().st_size < LARGEST:
            return


if __name__ == "__main__":
    main()
