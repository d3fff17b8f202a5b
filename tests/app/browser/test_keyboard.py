"""The whole way by keyboard alone: from the page's beginning to a unit and to a dream."""

import re

from playwright.sync_api import Locator, Page, expect

from .acts import stands
from .conftest import IN_A_BROWSER, Visit

pytestmark = IN_A_BROWSER
MOST = 60


def tab_to(page: Page, wanted: Locator, back: bool = False) -> None:
    """Press Tab until something has the focus: it must come, and be marked for the eye."""
    expect(wanted).to_be_visible()
    handle = wanted.element_handle()
    for _ in range(MOST):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("wanted => wanted === document.activeElement", handle):
            break
    expect(wanted).to_be_focused()
    marked = """wanted => [wanted, ...document.querySelectorAll(":has(:focus-visible)")].some((one) => {
        const style = getComputedStyle(one);
        return one.matches(":focus-visible, label") && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    })"""
    assert page.evaluate(marked, handle), "the focus cannot be seen"


def test_from_the_beginning_to_a_unit_and_to_a_dream(visit: Visit) -> None:
    page = visit()
    layers = page.get_by_role("listbox", name="Layers")
    expect(layers).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the room")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    tab_to(page, layers)
    page.keyboard.press("End")
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    stands(page, "layer", "conv2")
    units = page.get_by_role("listbox", name="Units of conv2")
    tab_to(page, units)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True, name=re.compile("^unit"))
    expect(chosen).not_to_have_attribute("aria-posinset", "1")
    page.keyboard.press("ArrowRight")
    stands(page, "unit")
    unit = page.get_by_role("region", name="Unit", exact=True)
    tab_to(page, unit.get_by_role("slider", name="Map over the photo"))
    page.keyboard.press("ArrowLeft")
    stands(page, "opacity", "0.6")
    tab_to(page, unit.get_by_role("button", name="Dream this unit"))
    page.keyboard.press("Enter")
    expect(unit.get_by_alt_text(re.compile("^The dream of conv2:")).first).to_be_visible()
    expect(unit.get_by_role("region", name="Keep it")).to_be_visible()

    tab_to(page, page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Dream"), back=True)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Dream · seethrough")
    tab_to(page, page.get_by_role("radio", name="Class"))
    page.keyboard.press("ArrowRight")
    stands(page, "method", "unit")
    tab_to(page, page.get_by_role("button", name="Dream this unit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^(Pause|Picture)")).first).to_be_visible()
    stands(page, "made")


def test_photo_and_network_are_chosen_and_menus_left(visit: Visit) -> None:
    page = visit("?room=dream")
    face = page.get_by_role("button", name="Photo: coffee")
    tab_to(page, face)
    page.keyboard.press("Enter")
    menu = page.get_by_role("dialog", name="Photo")
    expect(menu.get_by_role("button", name="Coffee", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(face).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, menu.get_by_role("button", name="Rocket", exact=True))
    page.keyboard.press("Enter")
    stands(page, "photo", "rocket")
    tab_to(page, page.get_by_role("button", name="Network: cifar10-cnn"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("mnist-cnn")
    tab_to(page, page.get_by_role("dialog", name="Network").get_by_role("button", name=re.compile("^mnist-cnn-bn")))
    page.keyboard.press("Enter")
    stands(page, "net", "mnist-cnn-bn")


def test_an_attack_is_asked_for_and_dropped(visit: Visit) -> None:
    page = visit("?room=fool&method=pgd&s.steps=100000&s.until=never")
    goal = page.get_by_role("combobox", name="The class to come to")
    expect(goal).not_to_have_value("")
    tab_to(page, goal)
    page.keyboard.type("ship")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    stands(page, "to", "8")
    tab_to(page, page.get_by_role("button", name="Fool it: ship"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Drop"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing changed yet")).to_be_visible()
