"""Explain: heat maps side by side, how far they are to be trusted, covering by hand, and cutting out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .acts import command_in, download, saved, seen, stands, word
from .conftest import IN_A_BROWSER, LARGE, Visit, expected

pytestmark = IN_A_BROWSER


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title, exact=True))


def explains(page: Page, title: str, target: str) -> None:
    expect(card(page, title).get_by_text(re.compile(rf"explains\s+{target}"))).to_be_visible()


def test_three_methods_explain_the_likeliest_class_side_by_side(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"?room=explain&net={LARGE}")
    for title in ("Grad-CAM", "SmoothGrad", "Integrated gradients"):
        explains(page, title, "espresso")
        expect(card(page, title).get_by_role("img", name=re.compile(rf"^{title} for espresso"))).to_be_visible()
    stands(page, "made")
    page.get_by_role("slider", name="Opacity").fill("40")
    stands(page, "opacity", "40")
    first = card(page, "Grad-CAM")
    first.get_by_role("button", name="How much is it to be trusted?").click()
    expect(first.get_by_role("img", name=re.compile("^Probability as the hottest pixels go"))).to_be_visible()
    areas = first.get_by_role("definition")
    assert [0 < float(area) < 1 for area in areas.all_text_contents()] == [True, True]
    stands(page, "trust")
    made = word(page, "made")
    page.reload()
    explains(page, "Grad-CAM", "espresso")
    explains(page, "SmoothGrad", "espresso")
    expect(first.get_by_role("definition")).to_have_count(2)
    assert word(page, "made") == made, "what was made is asked for again, not made anew"
    first.get_by_text("Keep it").click()
    keep = first.get_by_role("region", name="Keep it")
    assert type(saved(page, keep, tmp_path)).__name__ == "Heatmap"
    view = download(page, page.get_by_role("link", name="All as one page"), tmp_path).read_text(encoding="utf-8")
    assert view.count("<img") >= 4 and "seethrough see integrated-gradients" in view


def test_methods_come_and_go_and_another_class_is_explained(visit: Visit) -> None:
    page = visit("?room=explain&methods=gradient,grad_cam")
    explains(page, "Gradient", "frog")
    chosen = page.get_by_role("button", name="LayerCAM", exact=True)
    chosen.click()
    explains(page, "LayerCAM", "frog")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take away Gradient", exact=True).click()
    expect(page.get_by_role("article")).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("article")).to_have_count(3)
    field = page.get_by_role("combobox", name="Class to explain")
    field.fill("ship")
    field.press("Enter")
    for title in ("Gradient", "Grad-CAM", "LayerCAM"):
        explains(page, title, "ship")
    stands(page, "class", "8")
    page.go_back()
    for title in ("Gradient", "Grad-CAM", "LayerCAM"):
        explains(page, title, "frog")
    page.get_by_role("button", name="Measure all").click()
    expect(page.get_by_role("definition")).to_have_count(6)


def test_a_slow_method_is_watched_and_can_be_dropped(visit: Visit) -> None:
    page = visit("?room=explain&methods=grad_cam&s.rise.masks=100000")
    explains(page, "Grad-CAM", "frog")
    page.get_by_role("button", name="RISE", exact=True).click()
    slow = card(page, "RISE")
    expect(slow.get_by_role("progressbar", name="RISE")).to_be_visible()
    slow.get_by_role("button", name="Drop").click()
    expect(slow.get_by_role("button", name=re.compile("^Make it"))).to_be_visible()
    assert "rise" not in word(page, "made")


def test_covering_by_hand_changes_the_probability(visit: Visit) -> None:
    page = visit("?room=explain&part=cover&photo=cat")
    told = page.get_by_text(re.compile(r"(falls|rises) from [\d.]+ % to [\d.]+ %"))
    photo = page.get_by_role("application", name="Photo with the block")
    expect(page.get_by_text("Cover a part of the photo")).to_be_visible()
    photo.click()
    expect(told).to_be_visible()
    stands(page, "at", r"0\.\d+%2C0\.\d+")
    words = told.text_content() or ""
    photo.press("Shift+ArrowLeft")
    photo.press("Shift+ArrowUp")
    expect(told).not_to_have_text(words)
    words = told.text_content() or ""
    page.get_by_role("slider", name="Size of the block").fill("0.6")
    expect(told).not_to_have_text(words)
    expect(page.get_by_role("figure").filter(has_text="covered").first).to_be_visible()
    page.get_by_role("combobox", name="Filled with").select_option("black")
    stands(page, "fill", "zero")
    photo.press("Escape")
    expect(page.get_by_text("Cover a part of the photo")).to_be_visible()
    photo.press("Enter")
    expect(told).to_be_visible()


def test_every_place_is_covered_by_the_method_that_does_so(visit: Visit) -> None:
    page = visit("?room=explain&part=cover&methods=grad_cam")
    page.get_by_role("button", name="Cover every place").click()
    explains(page, "Occlusion", "frog")


def test_the_object_is_cut_out(visit: Visit, tmp_path: Path) -> None:
    pytest.importorskip("cv2", reason="needs the optional part mask")
    page = visit("?room=explain&photo=cat")
    page.get_by_role("tab", name="Heat maps").press("ArrowLeft")
    expect(page.get_by_role("tab", name="Cut the object out")).to_be_focused()
    page.get_by_role("button", name="Cut it out").click()
    expect(page.get_by_text(re.compile(r"^[\d.]+ % of the photo is kept\."))).to_be_visible()
    seen(page.get_by_alt_text("The object, cut out on white"))
    stands(page, "cut")
    assert download(page, page.get_by_role("link", name="The mask (PNG)"), tmp_path).read_bytes().startswith(b"\x89PNG")
    assert "seethrough see mask" in command_in(page)
    saved(page, page.get_by_role("region", name="Keep it"), tmp_path)
    page.reload()
    seen(page.get_by_alt_text("The object, cut out on white"))


def test_what_the_server_keeps_no_longer_is_said_and_made_again(visit: Visit, troubles: list[str]) -> None:
    page = visit("?room=explain&methods=grad_cam&made=grad_cam.gone")
    page.get_by_role("button", name="Make it again").click()
    explains(page, "Grad-CAM", "frog")
    stands(page, "made", r"grad_cam\.(?!gone).+")
    expected(troubles, "400")
