"""What stands around the rooms: photo, network, guesses, tabs, theme, and the address that holds it all."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import IN_A_BROWSER, LARGE, SMALL, Visit, expected

pytestmark = IN_A_BROWSER


def drawn(form: str = "PNG") -> bytes:
    """Make a small photo of one's own."""
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((60, 40)).convert("RGB").save(picture, form)
    return picture.getvalue()


def photo(page: Page, name: str) -> None:
    """Expect that a photo is the one at the top."""
    expect(page.get_by_role("button", name=f"Photo: {name}", exact=True)).to_be_visible()


def test_the_first_page_shows_a_photo_what_it_is_taken_for_and_the_rooms(visit: Visit) -> None:
    page = visit(f"?net={LARGE}")
    guesses = page.get_by_role("region", name="What the network takes the photo for").get_by_role("link")
    expect(guesses.first).to_have_accessible_name(re.compile(r"^espresso \d\d\.\d %$"))
    photo(page, "coffee")
    rooms = page.get_by_role("navigation", name="Rooms")
    expect(rooms.get_by_role("link")).to_have_text(["Look inside", "Explain", "Dream", "Fool", "Compare"])
    expect(rooms.get_by_role("link", name="Look inside")).to_have_attribute("aria-current", "page")
    expect(page).to_have_title("Look inside · seethrough")
    guesses.nth(1).click()
    expect(page).to_have_title("Explain · seethrough")
    expect(page).to_have_url(re.compile(r"[?&]class=\d+"))


def test_every_room_is_a_link_that_the_back_button_takes_back(visit: Visit) -> None:
    page = visit()
    rooms = page.get_by_role("navigation", name="Rooms")
    for name in ("Dream", "Fool", "Compare"):
        link = rooms.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", f"?room={name.lower()}")  # so it opens in a tab of its own too
        link.click()
        expect(page).to_have_title(f"{name} · seethrough")
    page.go_back()
    expect(page).to_have_title("Fool · seethrough")
    page.reload()
    expect(page).to_have_title("Fool · seethrough")
    expect(rooms.get_by_role("link", name="Fool")).to_have_attribute("aria-current", "page")


def test_another_photo_is_chosen_from_the_menu(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Photo: coffee").click()
    page.get_by_role("dialog", name="Photo").get_by_role("button", name="Cat", exact=True).click()
    photo(page, "cat")
    expect(page).to_have_url(re.compile(r"[?&]photo=cat"))
    page.reload()
    photo(page, "cat")
    page.go_back()
    photo(page, "coffee")


def test_another_network_is_found_by_its_name(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name=f"Network: {SMALL}").click()
    menu = page.get_by_role("dialog", name="Network")
    search = menu.get_by_role("searchbox")
    search.fill("resnet18")
    expect(menu.get_by_role("button", name="torchvision:resnet18").first).to_be_visible()
    search.fill("nothing is called so")
    expect(menu.get_by_text("No network has a name")).to_be_visible()
    search.fill("mnist-cnn")
    menu.get_by_role("button", name=re.compile("^mnist-cnn ")).first.click()
    expect(page.get_by_role("button", name="Network: mnist-cnn", exact=True)).to_be_visible()
    expect(page.get_by_role("option", name=re.compile("1 × 28 × 28|28 × 28")).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]net=mnist-cnn"))


def test_a_network_that_is_not_there_is_said_in_words(visit: Visit, troubles: list[str]) -> None:
    page = visit("?net=mnist-cmm")
    expect(page.get_by_role("heading", name="This network could not be opened")).to_be_visible()
    expect(page.get_by_text("closest: mnist-cnn").first).to_be_visible()
    page.get_by_role("button", name=f"Take {SMALL}").click()
    expect(page.get_by_role("listbox", name="Layers")).to_be_visible()
    expected(troubles, "400")


def test_a_file_of_ones_own_becomes_the_photo_and_can_be_forgotten(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Photo: coffee").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="From a file").click()
    chooser.value.set_files({"name": "my stripes.png", "mimeType": "image/png", "buffer": drawn()})
    photo(page, "my stripes")
    expect(page).to_have_url(re.compile(r"[?&]photo=own-"))
    page.reload()
    photo(page, "my stripes")
    page.get_by_role("button", name="Photo: my stripes").click()
    page.get_by_role("button", name="Coffee", exact=True).click()
    page.get_by_role("button", name="Photo: coffee").click()
    page.get_by_role("button", name="Forget my stripes").click()
    expect(page.get_by_role("button", name="My stripes", exact=True)).to_have_count(0)


def test_a_file_that_is_no_photo_is_refused_in_words(visit: Visit, troubles: list[str], tmp_path: Path) -> None:
    page = visit()
    page.get_by_role("button", name="Photo: coffee").click()
    bad = tmp_path / "notes.png"
    bad.write_text("this is no picture")
    page.get_by_label("Photo: a file").set_input_files(bad)
    expect(page.get_by_role("alert")).to_contain_text("notes")
    photo(page, "coffee")
    expect(page.get_by_role("listbox", name="Layers")).to_be_visible()
    expected(troubles, "400")


@pytest.mark.parametrize(
    ("event", "carrier"), [("drop", ("DragEvent", "dataTransfer")), ("paste", ("ClipboardEvent", "clipboardData"))]
)
def test_a_photo_can_be_dropped_and_pasted(visit: Visit, event: str, carrier: tuple[str, str]) -> None:
    page = visit("?room=explain&part=cover")
    photo(page, "coffee")
    page.evaluate(
        """([name, [kind, field], text]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const carried = new DataTransfer();
            carried.items.add(new File([bytes], "brought.jpg", { type: "image/jpeg" }));
            document.body.dispatchEvent(new globalThis[kind](name, { [field]: carried, bubbles: true }));
        }""",
        [event, carrier, base64.b64encode(drawn("JPEG")).decode()],
    )
    photo(page, "brought")
    expect(page.get_by_alt_text("brought, as the network sees it")).to_be_visible()


def test_a_photo_of_another_day_is_missed_in_words(visit: Visit) -> None:
    page = visit("?photo=own-gone")
    expect(page.get_by_text("The photo of this address is no longer here")).to_be_visible()
    photo(page, "coffee")


def test_the_theme_is_turned_and_stays(visit: Visit) -> None:
    page = visit("?room=dream", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    expect(page.get_by_role("button", name="Dream this class")).to_be_enabled()
    light = page.evaluate(ground)
    page.get_by_role("button", name="Take the dark theme").click()
    expect(page.get_by_role("button", name="Take the light theme")).to_be_visible()
    assert page.evaluate(ground) != light
    page.reload()
    expect(page.get_by_role("button", name="Take the light theme")).to_be_visible()
    assert page.evaluate(ground) != light


def test_the_page_can_ask_no_other_place(visit: Visit, troubles: list[str]) -> None:
    page = visit()
    answer = page.evaluate("fetch('https://elsewhere.invalid/').then(() => 'heard', () => 'refused')")
    assert answer == "refused"
    expected(troubles, "Content Security Policy")
