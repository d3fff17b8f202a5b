"""Look inside: layers, units, one unit with its map, gradients and dream."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from .acts import changes, command_in, saved, seen, stands, word
from .conftest import IN_A_BROWSER, LARGE, Visit

pytestmark = IN_A_BROWSER
WAYS = ("Plain", "Guided", "Deconvnet")


def unit(page: Page) -> Locator:
    return page.get_by_role("region", name="Unit", exact=True)


def layer(page: Page, name: str) -> Locator:
    return page.get_by_role("listbox", name="Layers").get_by_role("option", name=re.compile(rf"^{re.escape(name)}, "))


def test_a_layer_and_a_unit_are_opened_by_clicks_and_stand_in_the_address(visit: Visit) -> None:
    page = visit(f"?net={LARGE}")
    layer(page, "blocks.3.0.bn2.act").click()
    expect(page.get_by_role("heading", name="240 units")).to_be_visible()
    units = page.get_by_role("listbox", name=re.compile("^Units of blocks.3.0"))
    units.click(position={"x": 30, "y": 30})
    stands(page, "unit")
    name = f"blocks.3.0.bn2.act:{word(page, 'unit')}"
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text(name)
    expect(unit(page).get_by_role("img", name=f"Where unit {name} answers on the photo of coffee")).to_be_visible()
    for way in WAYS:  # from some units nothing comes back, which is said
        figure = unit(page).get_by_role("figure").filter(has_text=way)
        expect(figure.get_by_role("img").or_(figure.get_by_text("nothing comes back"))).to_be_visible()
    expect(unit(page).get_by_text(re.compile("^[0-9]+ of 240$"))).to_be_visible()
    assert name.split(":")[0] in command_in(unit(page))
    units.click(position={"x": 250, "y": 30})
    expect(unit(page).get_by_role("heading", level=2)).not_to_contain_text(name)
    other = unit(page).get_by_role("heading", level=2).text_content() or ""
    page.reload()
    expect(unit(page).get_by_role("heading", level=2)).to_have_text(other)
    page.go_back()
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text(name)


def test_units_are_put_in_order_and_found(visit: Visit) -> None:
    page = visit()
    order = page.get_by_role("combobox", name="Order")
    order.select_option("strongest peak first")
    stands(page, "sort", "peak")
    page.get_by_role("listbox", name="Units of").click(position={"x": 20, "y": 20})
    expect(unit(page).get_by_text(re.compile("^Rank"))).to_be_visible()
    strongest = page.get_by_role("option", selected=True, name=re.compile("^unit"))
    expect(strongest).to_have_attribute("aria-posinset", "1")
    find = page.get_by_role("searchbox", name="Find a unit")
    find.fill("7")
    find.press("Enter")
    stands(page, "unit", "7")
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text("Unit 7")
    find.fill("nobody")
    expect(page.get_by_role("heading", name="No such unit")).to_be_visible()


def test_the_last_layer_holds_the_classes_by_name(visit: Visit) -> None:
    page = visit(f"?net={LARGE}")
    page.get_by_role("listbox", name="Layers").press("End")
    expect(page.get_by_role("heading", name="1,000 classes")).to_be_visible()
    find = page.get_by_role("searchbox", name="Find a unit by its number or name")
    find.fill("goldfish")
    page.get_by_role("listbox", name="Units of").get_by_role("option", name="goldfish").click()
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text("goldfish")
    assert "--unit" in command_in(unit(page)) or ":1" in command_in(unit(page))
    expect(unit(page).get_by_text("This layer has no maps")).to_be_visible()


def test_a_unit_is_dreamt_live_kept_and_there_for_others_at_once(visit: Visit, tmp_path: Path) -> None:
    page = visit("?layer=conv2&unit=3")
    expect(unit(page).get_by_text("Not dreamt yet")).to_be_visible()
    for way in WAYS:
        seen(unit(page).get_by_alt_text(f"{way} gradient of unit conv2:3"))
    unit(page).get_by_role("button", name="Dream this unit").click()
    changes(unit(page).get_by_alt_text("The dream of conv2:3, growing"))
    keep = unit(page).get_by_role("region", name="Keep it")
    dreamt = saved(page, keep, tmp_path)
    assert type(dreamt).__name__ == "Dream"
    seen(unit(page).get_by_alt_text("The dream of conv2:3", exact=True))
    other = visit("?layer=conv2&unit=3")  # another browser
    seen(unit(other).get_by_alt_text("The dream of conv2:3", exact=True))
    unit(other).get_by_role("link", name="With other settings").click()
    expect(other).to_have_title("Dream · seethrough")
    assert (word(other, "method"), word(other, "what")) == ("unit", "conv2:3")


def test_layers_and_units_are_walked_by_arrow_keys(visit: Visit) -> None:
    page = visit()
    layers = page.get_by_role("listbox", name="Layers")
    layers.press("Home")
    first = page.get_by_role("listbox", name="Layers").get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    layers.press("ArrowRight")
    expect(first).to_have_attribute("aria-selected", "false")
    units = page.get_by_role("listbox", name="Units of")
    units.press("Home")
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text("Unit 0")
    units.press("ArrowRight")
    expect(unit(page).get_by_role("heading", level=2)).to_contain_text("Unit 1")
    units.press("End")
    expect(page.get_by_role("option", selected=True, name=re.compile("^unit"))).to_be_in_viewport()
