"""Fool: an attack that is watched, looked at afterwards, tried, kept within a drawn mask, and saved."""

import io
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from torchvision.transforms.functional import pil_to_tensor

from seethrough import load

from .acts import changes, command_in, download, saved, seen, stands, word
from .conftest import IN_A_BROWSER, LARGE, SMALL, Visit

pytestmark = IN_A_BROWSER
ENDLESS = "method=pgd&s.steps=100000&s.until=never"


def begin(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Fool it")).click()


def fooled(page: Page) -> None:
    expect(page.get_by_role("heading", name="Fooled")).to_be_visible()
    stands(page, "made")


def keep(page: Page) -> Locator:
    return page.get_by_role("region", name="Keep it")


def test_an_attack_is_watched_to_the_end_looked_at_and_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit(f"?room=fool&net={LARGE}&s.step=0.05&s.eight_bit=true")
    begin(page)
    expect(page.get_by_alt_text("coffee, as changed by now")).to_be_visible()
    changes(page.get_by_alt_text("coffee, as changed by now"))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    fooled(page)
    expect(page.get_by_text(re.compile("^espresso .* now read as goldfish", re.S))).to_be_visible()
    crossed = page.get_by_role("img", name=re.compile("^How the probabilities changed on the way"))
    expect(crossed).to_have_accessible_name(re.compile("espresso: from 0.95.*goldfish: from|goldfish: from .*espresso"))

    swipe = page.get_by_role("slider", name="From before to after")
    expect(swipe).to_have_attribute("aria-valuetext", "50 % after, 50 % before")
    swipe.press("Home")
    expect(swipe).to_have_attribute("aria-valuetext", "100 % after, 0 % before")
    noise = page.get_by_role("slider", name=re.compile("^Noise ×"))
    times = noise.get_attribute("aria-valuetext")
    noise.press("ArrowLeft")
    expect(noise).not_to_have_attribute("aria-valuetext", times or "")
    stands(page, "amplify")
    page.get_by_role("button", name="On the photo").click()
    expect(page.get_by_role("img", name=re.compile("^The photo with its noise times"))).to_be_visible()

    fooling = saved(page, keep(page), tmp_path)
    assert type(fooling).__name__ == "Fooling" and bool(fooling.success.all())
    picture = download(page, page.get_by_role("link", name="The misleading picture (PNG)"), tmp_path)
    network = load(LARGE, device="cpu")
    pixels = pil_to_tensor(Image.open(picture).convert("RGB")).float()[None] / 255
    expect(page.get_by_text("misleads too")).to_be_visible()
    assert network.classify(pixels)[0][0].label == "goldfish", "the file is read as the page says"


def test_it_is_tried_whether_it_lasts_and_a_reload_shows_it_all_again(visit: Visit) -> None:
    page = visit("?room=fool")
    begin(page)
    fooled(page)
    page.get_by_role("button", name="Try it").click()
    lasts = page.get_by_role("region", name="Does it last?")
    says = lasts.get_by_text(re.compile(r"^It lasts through \d+ of \d+ changes\.$"))
    expect(says).to_be_visible()
    pictures = lasts.get_by_role("img", name=re.compile("^The picture after: "))
    assert pictures.count() > 5
    seen(pictures.last)
    assert lasts.get_by_text(re.compile(r"^\s*(lasts|does not last)")).count() == pictures.count()
    stands(page, "lasts")
    words = says.text_content() or ""
    before = page.url
    page.reload()
    fooled(page)
    expect(says).to_have_text(words)
    assert page.url == before
    expect(page.get_by_role("img", name=re.compile("^How the probabilities changed on the way"))).to_be_visible()


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_only_painted_pixels_change(visit: Visit, tmp_path: Path, by: str) -> None:
    page = visit("?room=fool&method=pgd&s.eps=0.5&s.step=0.1&s.steps=30")
    page.get_by_role("button", name="Only here").click()
    board = page.get_by_role("region", name="Where pixels may change")
    expect(board.get_by_text("Nothing is painted")).to_be_visible()
    if by == "mouse":
        box = board.get_by_alt_text("coffee, as the network sees it").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"], steps=5)
        page.mouse.up()
    else:
        for zone in ("top left", "middle"):
            board.get_by_role("button", name=zone, exact=True).press("Enter")
            expect(board.get_by_role("button", name=zone, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(board.get_by_text(re.compile(r"^\d+\.\d % of the photo may change\.$"))).to_be_visible()
    stands(page, "mask")
    begin(page)
    expect(page.get_by_role("heading", name=re.compile("^(Not fooled|Fooled)$"))).to_be_visible()
    assert page.get_by_role("img", name="Painted in white: where pixels may change").count() == 1
    stands(page, "made")

    answer = page.request.get(urljoin(page.url, f"/api/mask.png?mask={word(page, 'mask')}"))
    allowed = pil_to_tensor(Image.open(io.BytesIO(answer.body())).convert("L"))[0] > 127
    assert 0.02 < allowed.float().mean() < 0.6
    result = saved(page, keep(page), tmp_path)
    changed = (result.images - result.originals).abs().amax(1)[0]
    assert changed.shape == allowed.shape
    assert changed[~allowed].max() == 0 and changed[allowed].max() > 0.01


def test_a_mask_is_there_again_after_a_reload_and_gone_when_cleared(visit: Visit) -> None:
    page = visit("?room=fool&board=1")
    page.get_by_role("button", name="Paint all of it").click()
    share = page.get_by_text("of the photo may change")
    expect(share).to_have_text("100 % of the photo may change.")
    stands(page, "mask")
    all_of_it = word(page, "mask")
    page.get_by_role("button", name="bottom right").click()
    stands(page, "mask", f"(?!{all_of_it}).+")
    page.reload()
    expect(share).to_have_text(re.compile(r"^8\d\.\d %"))
    page.go_back()
    expect(share).to_have_text("100 % of the photo may change.")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing is painted")).to_be_visible()
    assert word(page, "mask") == ""


def test_away_from_what_it_is(visit: Visit) -> None:
    page = visit("?room=fool&photo=cat")
    page.get_by_role("group", name="It is to be read as").get_by_text(re.compile("anything but")).click()
    stands(page, "away", "1")
    begin(page)
    fooled(page)
    assert "--away" in command_in(page) and f"--net {SMALL}" in command_in(page)


def test_an_attack_is_paused_goes_on_and_is_stopped_and_kept(visit: Visit) -> None:
    page = visit(f"?room=fool&{ENDLESS}")
    begin(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused at").first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^How the probabilities change on the way"))).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    stands(page, "made")


def test_an_attack_that_is_dropped_leaves_nothing(visit: Visit) -> None:
    page = visit(f"?room=fool&{ENDLESS}")
    begin(page)
    changes(page.get_by_alt_text("coffee, as changed by now"))
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_role("heading", name="Nothing changed yet")).to_be_visible()
    assert word(page, "made") == ""
