"""The page as a browser shows it; skipped by name where there is no Chromium (`make browser` brings it)."""

import shutil
from pathlib import Path

import pytest

from seethrough.cli import run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: make browser")
def test_the_page_of_an_inspection_shows_its_pictures_and_asks_for_nothing_else(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    assert run(["inspect", "coffee", "--net", "cifar10-linear", "--out", str(tmp_path), "-q"]) == 0
    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto((tmp_path / "index.html").as_uri())
            expect(page.locator("h1")).to_have_text("What a network sees in a photo")
            pictures = page.locator("figure img")
            assert pictures.count() >= 8
            for picture in pictures.all():
                expect(picture).to_have_js_property("complete", True)
                assert picture.evaluate("image => image.naturalWidth") > 300
                assert picture.get_attribute("alt")
            sides = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            assert page.evaluate(sides), "the page scrolls sideways"
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []
