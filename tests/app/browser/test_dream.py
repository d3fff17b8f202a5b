"""Dream: images that grow while one watches, are paused, stopped, dropped and kept."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .acts import changes, command_in, saved, seen, stands, word
from .conftest import IN_A_BROWSER, LARGE, SMALL, Visit

pytestmark = IN_A_BROWSER
ENDLESS = "s.steps=100000"


def begin(page: Page, says: str = "Dream this class") -> None:
    page.get_by_role("button", name=says, exact=True).click()


def growing(page: Page) -> Locator:
    return page.get_by_alt_text("as it is now").first


def grown(page: Page, caption: str) -> None:
    """Expect the curve of the wish, told in words too."""
    expect(page.get_by_role("img", name=re.compile(rf"^{caption}, step by step\. .+: from \S+ to \S+"))).to_be_visible()


def test_a_class_is_dreamt_live_to_the_end(visit: Visit, tmp_path: Path) -> None:
    page = visit("?room=dream&s.steps=600")
    expect(page.get_by_role("combobox", name="Class")).to_have_value("frog")  # the likeliest, to begin with
    page.get_by_role("combobox", name="Class").fill("horse")
    page.get_by_role("option", name="horse").click()
    stands(page, "what", "7")
    begin(page)
    expect(growing(page)).to_be_visible()
    changes(growing(page))
    expect(page.get_by_role("heading", name="horse")).to_be_visible()
    stands(page, "made")
    seen(page.get_by_role("main").get_by_role("img", name="horse").first)
    expect(page.get_by_text("The network takes it for horse")).to_be_visible()
    grown(page, "What was wished for")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    dreamt = saved(page, page.get_by_role("region", name="Keep it"), tmp_path)
    assert type(dreamt).__name__ == "Dream"
    assert "dream class horse" in command_in(page) and "--steps 600" in command_in(page)
    kept = page.get_by_role("region", name="Keep it").get_by_role("link", name="Result file").get_attribute("href")
    page.reload()
    again = page.get_by_role("region", name="Keep it").get_by_role("link", name="Result file")
    expect(again).to_have_attribute("href", kept or "")
    expect(page.get_by_role("heading", name="horse")).to_be_visible()


def test_the_large_network_is_watched_and_stopped_with_what_there_is(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"?room=dream&net={LARGE}&method=unit")
    begin(page, "Dream this unit")
    changes(growing(page))
    grown(page, "What is wished for")
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    assert type(saved(page, page.get_by_role("region", name="Keep it"), tmp_path)).__name__ == "Dream"


def test_a_dream_is_paused_goes_on_and_is_stopped_and_kept(visit: Visit) -> None:
    page = visit(f"?room=dream&{ENDLESS}")
    begin(page)
    page.get_by_role("button", name="Pause").click()
    told = page.get_by_text("Paused at").first
    expect(told).to_be_visible()
    at, frame = told.text_content(), growing(page).get_attribute("src")
    other = visit("?room=dream&s.steps=20")  # whoever comes meanwhile is served: what is paused holds no place
    begin(other)
    stands(other, "made")
    assert (told.text_content(), growing(page).get_attribute("src")) == (at, frame)
    page.get_by_role("button", name="Go on").click()
    expect(growing(page)).not_to_have_attribute("src", frame or "")
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    stands(page, "made")
    expect(page.get_by_role("region", name="Keep it")).to_be_visible()


def test_a_dream_that_is_dropped_leaves_nothing(visit: Visit) -> None:
    page = visit(f"?room=dream&{ENDLESS}")
    begin(page)
    changes(growing(page))
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_role("heading", name="Nothing dreamt yet")).to_be_visible()
    expect(page.get_by_role("button", name="Dream this class")).to_be_enabled()
    assert word(page, "made") == ""
    assert page.get_by_role("region", name="Keep it").count() == 0


def test_a_closed_tab_ends_its_work_and_the_next_begins(visit: Visit) -> None:
    first, second, third = (visit(f"?room=dream&s.steps={steps}") for steps in (100000, 100000, 20))
    for page in (first, second):  # so many are at work at once
        begin(page)
        changes(growing(page))
    begin(third)
    expect(third.get_by_text(re.compile(r"^2 jobs come first")).first).to_be_visible()
    first.close()
    stands(third, "made")
    expect(third.get_by_role("region", name="Keep it")).to_be_visible()


def test_work_goes_on_while_one_looks_into_another_room(visit: Visit) -> None:
    page = visit("?room=dream&s.steps=300")
    begin(page)
    expect(growing(page)).to_be_visible()
    rooms = page.get_by_role("navigation", name="Rooms")
    rooms.get_by_role("link", name="Look inside").click()
    expect(page.get_by_role("listbox", name="Layers")).to_be_visible()
    rooms.get_by_role("link", name="Dream").click()
    stands(page, "made")
    expect(page.get_by_role("region", name="Keep it")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "verb"),
    [
        ("DeepDream", "Dream into the photo"),
        ("Caricature", "Draw the caricature"),
        ("Inversion", "Look for such an image"),
        ("Style", "Paint the photo"),
        ("Texture", "Paint the texture"),
    ],
)
def test_every_other_way_to_dream_comes_to_an_end(visit: Visit, kind: str, verb: str) -> None:
    page = visit("?room=dream")
    page.get_by_role("group", name="What to dream").get_by_text(kind, exact=True).click()
    expect(page.get_by_role("radio", name=kind)).to_be_checked()
    more = page.get_by_text(re.compile(r"^\d+ more settings"))
    if more.count():
        more.click()
    page.get_by_label("Steps", exact=True).fill("3")
    if page.get_by_label("Size", exact=True).count():
        page.get_by_label("Size", exact=True).fill("64")
    begin(page, verb)
    stands(page, "made")
    seen(page.get_by_role("main").get_by_role("img").first)
    assert f"--net {SMALL}" in command_in(page)
    assert "coffee" in command_in(page) or kind == "Texture"


def test_a_setting_that_does_not_fit_is_said_where_it_stands(visit: Visit) -> None:
    page = visit("?room=dream")
    steps = page.get_by_label("Steps", exact=True)
    steps.fill("-3")
    expect(steps).to_have_attribute("aria-invalid", "true")
    steps.fill("12")
    expect(steps).not_to_have_attribute("aria-invalid", "true")
    stands(page, "s.steps", "12")


def test_what_the_server_keeps_no_longer_can_be_made_again(visit: Visit, troubles: list[str]) -> None:
    page = visit("?room=dream&s.steps=20&made=gone")
    expect(page.get_by_role("heading", name="This dream is kept no longer")).to_be_visible()
    page.get_by_role("button", name="Make it again").click()
    expect(page.get_by_role("region", name="Keep it")).to_be_visible()
    assert troubles and all("400" in one for one in troubles)
    troubles.clear()
