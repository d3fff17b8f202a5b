"""Every room with something made in it: what axe-core finds, light and dark, wide and narrow; nothing beyond the side."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .acts import stands
from .conftest import IN_A_BROWSER, LARGE, Visit

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [*IN_A_BROWSER, pytest.mark.skipif(not AXE.is_file(), reason="needs web/node_modules: make page-parts")]
LOOKED_AT = [("light", 1280), ("dark", 1280), ("light", 1024)]
DRAWN = """([theme, width]) => new Promise((done) => {
    const look = (times) => {
        const there = matchMedia(`(prefers-color-scheme: ${theme})`).matches && innerWidth === width;
        if (times === 0) done();
        else requestAnimationFrame(() => look(there ? times - 1 : times));
    };
    look(4);
})"""
"""Waits until the page is drawn anew, in the colours and the width that were asked for."""


def found(page: Page) -> list[str]:
    """Return what axe-core has to say against the page as it stands, one line a rule."""
    told = page.evaluate(
        """async () => {
            const { violations } = await axe.run(document, { resultTypes: ["violations"] });
            const first = ({ html, failureSummary }) => [html.slice(0, 200), failureSummary.slice(0, 200)];
            return JSON.stringify(violations.map((one) => [one.id, one.nodes.length, ...first(one.nodes[0])]));
        }"""
    )
    return [" ".join(map(str, one)) for one in json.loads(told)]


def look(page: Page) -> None:
    """Expect that nothing is found, whatever the theme and the width."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.emulate_media(reduced_motion="reduce")
    for theme, width in LOOKED_AT:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(DRAWN, [theme, width])
        assert found(page) == [], f"{theme}, {width} pixels wide"
        sides = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert sides[0] <= sides[1], f"it scrolls sideways, {width} pixels wide: {sides}"


def inside(page: Page) -> None:
    page.get_by_role("button", name="Dream this unit").click()
    expect(page.get_by_role("region", name="Keep it")).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^Deconvnet gradient"))).to_be_visible()


def explain(page: Page) -> None:
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator("article[aria-busy=true]")).to_have_count(0)  # what is at work is not measured
    page.get_by_role("button", name="Measure all").click()
    expect(page.get_by_role("definition")).to_have_count(4)
    page.get_by_text("Keep it").first.click()


def cover(page: Page) -> None:
    page.get_by_role("application").press("Enter")
    expect(page.get_by_text(re.compile("(falls|rises) from"))).to_be_visible()


def cut(page: Page) -> None:
    pytest.importorskip("cv2", reason="needs the optional part mask")
    page.get_by_role("button", name="Cut it out").click()
    expect(page.get_by_alt_text("The object, cut out on white")).to_be_visible()


def dream(page: Page) -> None:
    for _ in range(2):
        expect(page.get_by_role("button", name="Dream this class")).to_be_enabled()
        page.get_by_role("button", name="Dream this class").click()
        expect(page.get_by_role("region", name="Keep it")).to_be_visible()
    expect(page.get_by_role("region", name="Dreamt in this view")).to_be_visible()


def paused(page: Page) -> None:
    page.get_by_role("button", name="Dream this class").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused at").first).to_be_visible()


def fool(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Fool it")).click()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text(re.compile("It lasts through"))).to_be_visible()


def painted(page: Page) -> None:
    page.get_by_role("button", name="middle", exact=True).click()
    stands(page, "mask")


def compared(page: Page) -> None:
    expect(page.get_by_text("rank correlation:")).to_have_count(1)
    page.get_by_text("Keep them").click()


def menus(page: Page) -> None:
    page.get_by_role("button", name="Photo: coffee").click()
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()


@pytest.mark.parametrize(
    ("words", "do"),
    [
        ("?layer=conv2", inside),
        (f"?net={LARGE}&layer=classifier", menus),
        ("?room=explain&methods=grad_cam,gradient", explain),
        ("?room=explain&part=cover", cover),
        ("?room=explain&part=cut&photo=cat", cut),
        ("?room=dream&s.steps=20", dream),
        ("?room=dream&s.steps=100000", paused),
        ("?room=fool", fool),
        ("?room=fool&board=1", painted),
        ("?room=compare&methods=gradient", compared),
        ("?net=nothing", lambda page: expect(page.get_by_role("heading", name="could not be opened")).to_be_visible()),
    ],
    ids="inside menus explain cover cut dream paused fool painted compare mistake".split(),
)
def test_axe_finds_nothing(visit: Visit, troubles: list[str], words: str, do: Callable[[Page], None]) -> None:
    page = visit(words)
    do(page)
    look(page)
    if words == "?net=nothing":
        assert troubles and all("400" in one for one in troubles)
        troubles.clear()
