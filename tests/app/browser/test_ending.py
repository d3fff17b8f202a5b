"""The server goes while the page is open: that is said in words, and what is there stays."""

import signal
from pathlib import Path

from playwright.sync_api import expect

from .acts import changes
from .conftest import IN_A_BROWSER, Visit, serving

pytestmark = IN_A_BROWSER
SAYS = "The server does not answer."


def test_when_the_server_is_gone_the_page_says_so(visit: Visit, troubles: list[str], tmp_path: Path) -> None:
    with serving(tmp_path) as (address, server):
        page = visit("?room=dream&s.steps=100000", at=address)
        page.get_by_role("button", name="Dream this class").click()
        changes(page.get_by_alt_text("as it is now").first)
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        expect(page.get_by_role("alert")).to_contain_text(SAYS)
        rooms = page.get_by_role("navigation", name="Rooms")
        for room in ("Look inside", "Explain"):
            rooms.get_by_role("link", name=room).click()
            expect(page).to_have_title(f"{room} · seethrough")
            expect(page.get_by_role("main").get_by_text(SAYS).first).to_be_visible()
        page.get_by_role("button", name="Photo: coffee").click()
        page.get_by_role("button", name="Cat", exact=True).click()
        guesses = page.get_by_role("region", name="What the network takes the photo for")
        expect(guesses.get_by_text(SAYS)).to_be_visible()
        page.close()
    assert troubles and all("ERR_CONNECTION_REFUSED" in one or "WebSocket" in one for one in troubles), troubles
    troubles.clear()


def test_a_page_that_nobody_answers_can_try_again(visit: Visit, troubles: list[str]) -> None:
    page = visit()
    page.route("**/api/start", lambda route: route.abort("connectionrefused"))
    page.reload()
    expect(page.get_by_role("heading", name="Nobody answers")).to_be_visible()
    expect(page.get_by_text(SAYS)).to_be_visible()
    page.unroute("**/api/start")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("listbox", name="Layers")).to_be_visible()
    assert troubles and all("ERR_CONNECTION_REFUSED" in one for one in troubles), troubles
    troubles.clear()
