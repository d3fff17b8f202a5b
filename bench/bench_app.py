"""How long one waits on the page of `seethrough app`, in a real browser on this machine.

python bench/bench_app.py [--clicks 30]

Start to page: from starting the process to the first paint of the page's content. A click: from pressing the key or button
to the picture standing there. Medians and the slowest, with the bundled network, warm, nobody else asking.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

SHOWN = """address => new Promise(shown => {
  const begun = performance.now();
  fetch(address).then(answer => answer.json()).then(async said => {
    const picture = said.sprite ?? said.map;
    if (picture) { const image = new Image(); image.src = picture; await image.decode(); }
    shown(performance.now() - begun);
  });
})"""
"""Asks as the page asks, and waits until the picture can be painted."""


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--clicks", type=int, default=30)
    clicks = words.parse_args().clicks
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("skipped: needs Chromium (make browser)")
        return 0
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        begun = time.monotonic()
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("seethrough")), "app", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": cache},
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split(" at ")[1].split()[0]
            page.goto(address)
            page.get_by_role("link", name="Look inside").wait_for()
            rows = [("start to page", [time.monotonic() - begun], 6.0)]
            page.get_by_role("img").first.wait_for()
            page.wait_for_load_state("networkidle")
            rows += measured(page, address, clicks)
        finally:
            server.terminate()
            server.wait(20)
            browser.close()
    print(f"{'':34}{'median':>10}{'slowest':>10}{'asked':>10}")
    for name, took, asked in rows:
        ordered = sorted(took)
        unit, scale = ("kB", 1) if "bytes" in name else ("ms", 1000)
        numbers = (ordered[len(ordered) // 2] * scale, ordered[-1] * scale, asked * scale)
        print(f"{name:34}" + "".join(f"{number:7.0f} {unit}" for number in numbers))
    return 0


def measured(page: Page, address: str, clicks: int) -> list[tuple[str, list[float], float]]:
    """Return what was measured: a name, the seconds (or kilobytes), and what was asked for."""
    chance = random.Random(0)
    network: dict[str, Any] = json.loads(page.request.get(f"{address}api/network?net=efficientnet-lite0").text())
    layers = [layer for layer in network["layers"] if layer["spatial"]]
    words = "net=efficientnet-lite0&photo=coffee"
    changes, units = [], []
    for _ in range(clicks):
        layer = chance.choice(layers)
        changes.append(page.evaluate(SHOWN, f"/api/units?{words}&layer={layer['name']}") / 1000)
        unit = chance.randrange(layer["units"])
        units.append(page.evaluate(SHOWN, f"/api/unit?{words}&layer={layer['name']}&unit={unit}") / 1000)
    sizes = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)"
    paints, first = [], []
    for _ in range(5):
        page.goto("about:blank")
        page.goto(address, wait_until="networkidle")
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        paints.append(page.evaluate(paint) / 1000)
        first.append(page.evaluate(sizes) / 1000)
    return [
        ("a layer is changed", changes, 0.2),
        ("a unit is opened", units, 0.15),
        ("first paint, warm server", paints, 1.0),
        ("bytes of the first page", first, 400),
    ]


if __name__ == "__main__":
    sys.exit(main())
