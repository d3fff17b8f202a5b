"""Compare: two networks on one photo, layer by layer and heat map by heat map."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .acts import command_in, download, stands, word
from .conftest import IN_A_BROWSER, Visit

pytestmark = IN_A_BROWSER


def alike(page: Page, title: str) -> str:
    """Expect that two maps were compared, and return what is said of it."""
    pair = page.get_by_role("article").filter(has=page.get_by_role("heading", name=title, exact=True))
    told = pair.get_by_text(re.compile(r"-?\d\.\d\d\s+rank correlation"))
    expect(told).to_be_visible()
    return told.text_content() or ""


def test_two_networks_are_compared_on_one_photo(visit: Visit, tmp_path: Path) -> None:
    page = visit("?room=compare")
    second = page.get_by_role("combobox", name="Second network")
    second.select_option("cifar10-cnn-bn")
    stands(page, "other", "cifar10-cnn-bn")
    expect(page.get_by_alt_text("coffee, as cifar10-cnn-bn sees it")).to_be_visible()
    expect(page.get_by_role("figure").filter(has_text="What it takes the photo for")).to_have_count(2)
    said = alike(page, "Grad-CAM")
    alike(page, "Integrated gradients")
    stands(page, "made")
    page.reload()
    assert alike(page, "Grad-CAM") == said
    page.get_by_role("button", name="Gradient", exact=True).click()
    alike(page, "Gradient")
    pair = page.get_by_role("article").first
    pair.get_by_text("Keep them").click()
    view = download(page, pair.get_by_role("link", name="The view as one page"), tmp_path).read_text(encoding="utf-8")
    assert view.count("seethrough see grad-cam") >= 2
    assert "--net cifar10-cnn" in command_in(pair)


def test_one_slider_goes_through_both_networks_and_a_unit_leads_inside(visit: Visit) -> None:
    page = visit("?room=compare&methods=gradient")
    layers = [
        page.get_by_role("combobox", name=f"Layer of {net}", exact=True) for net in ("cifar10-cnn", "cifar10-cnn-bn")
    ]
    expect(page.get_by_role("link", name=re.compile(r"^Unit \d+"))).to_have_count(24)
    before = [layer.input_value() for layer in layers]
    page.get_by_role("slider", name="Depth").fill("1")
    stands(page, "depth", "1")
    for layer, name in zip(layers, before, strict=True):
        expect(layer).not_to_have_value(name)
    layers[1].select_option("conv2")
    stands(page, "layer2", "conv2")
    expect(page.get_by_text("maps of 14 × 14")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^Unit \d+")).last.click()
    expect(page).to_have_title("Look inside · seethrough")
    assert (word(page, "net"), word(page, "layer")) == ("cifar10-cnn-bn", "conv2")
    unit = page.get_by_role("region", name="Unit", exact=True)
    expect(unit.get_by_text(f"conv2:{word(page, 'unit')}", exact=True)).to_be_visible()


def test_networks_of_other_classes_are_told_apart_in_words(visit: Visit) -> None:
    page = visit("?room=compare&other=mnist-cnn&methods=gradient&class=3")
    expect(page.get_by_text("They know different classes")).to_be_visible()
    expect(page.get_by_text("mnist-cnn knows no class called cat")).to_be_visible()
    alike(page, "Gradient")
