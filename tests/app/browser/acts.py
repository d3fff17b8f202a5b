"""What people do on the page again and again, and what is looked at afterwards."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from seethrough import load_result
from tests.labs.commands import assert_command_parses


def word(page: Page, name: str) -> str:
    """Return a word of the address, "" where it is not there."""
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def stands(page: Page, name: str, value: str = ".+") -> None:
    """Expect a word in the address: sliders and typing are written there a moment later."""
    expect(page).to_have_url(re.compile(rf"[?&]{re.escape(name)}={value}(&|$)"))


def seen(picture: Locator) -> None:
    """Expect that a picture is there and has come through."""
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0, "a picture is broken"


def changes(picture: Locator) -> None:
    """Expect that a live picture becomes another."""
    before = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", before or "")


def command_in(place: Page | Locator) -> str:
    """Return the command line that is shown, which can be typed as it stands."""
    line = place.get_by_role("group", name="Command line that makes the same").first.text_content() or ""
    assert_command_parses(line.strip())
    return line.strip()


def download(page: Page, link: Locator, folder: Path) -> Path:
    """Click on a link that saves something, and return the file under the name that was proposed."""
    with page.expect_download() as coming:
        link.click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file


def saved(page: Page, keep: Locator, folder: Path) -> Any:
    """Save what was made in its three forms, and return the result as the file holds it."""
    line = command_in(keep)
    picture = download(page, keep.get_by_role("link", name="Picture (PNG)").first, folder)
    assert picture.suffix == ".png" and picture.read_bytes().startswith(b"\x89PNG")
    view = download(page, keep.get_by_role("link", name="The view as one page"), folder).read_text(encoding="utf-8")
    assert "<img" in view and line.split("--")[0].split()[1] in view and "seethrough " in view
    file = download(page, keep.get_by_role("link", name="Result file").first, folder)
    return load_result(file)
