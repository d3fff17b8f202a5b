import io
import re
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from PIL import Image

from seethrough.errors import UserError
from seethrough.images import photo
from seethrough.plots import png, sheet, show_image
from seethrough.report import Page, Picture, Section, Table, picture, render, write

EVIL = "<script>alert('x')</script> & \"quotes\""
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Reader(HTMLParser):
    """Read a page as a browser does: every tag with its attributes, and the words in between; tags must match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def image(form: str = "PNG", size: tuple[int, int] = (56, 40)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "orange").save(drawn, form)
    return drawn.getvalue()


def full(word: str, sections: int = 3) -> Page:
    """Return a page that says a word in every place where a word can be."""
    section = Section(
        title=word,
        text=f"{word}\n\n{word}",
        pictures=(Picture(image(), word, word, word), Picture(image("JPEG"), word)),
        tables=(Table((word, "p"), ((word, 0.123456), ("b", 1)), word),),
        code=word,
        task=word,
        answer=f"{word}\n\n{word}",
    )
    return Page(word, word, (section,) * sections, word)


def test_words_are_words_wherever_they_stand() -> None:
    read = Reader(render(full(EVIL)))
    assert read.all("script") == []
    assert "".join(read.words).count(EVIL) == 4 + 3 * (1 + 12)
    assert [each["alt"] for each in read.all("img")] == [EVIL] * 6


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    html = render(full("espresso"))
    read = Reader(html)
    addresses = [value for _, attrs in read.tags for name, value in attrs.items() if name in ("src", "href", "srcset")]
    assert addresses
    assert all(each and each.startswith(("data:", "#")) for each in addresses)
    without_pictures = re.sub(r"base64,[A-Za-z0-9+/=]+", "", html)
    assert not re.search(r"https?:|//|@import|url\(|<script|javascript:| on\w+=", without_pictures)
    policy = next(each["content"] for each in read.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy and policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")
    assert {name for name, _ in read.tags} <= {
        *"html head meta link title style body header h1 h2 p nav ol li a main section div figure input label".split(),
        *"img figcaption table caption thead tbody tr th td pre code details summary".split(),
    }


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_pictures_are_in_the_page_byte_for_byte_with_their_size(form: str) -> None:
    shown = image(form, (300, 20))
    read = Reader(render(Page("t", sections=(Section("s", pictures=(Picture(shown, "orange"),)),))))
    [tag] = read.all("img")
    kind, _, data = str(tag["src"]).partition(";base64,")
    assert kind == f"data:image/{form.lower()}"
    assert b64decode(data) == shown
    assert (tag["width"], tag["height"]) == ("300", "20")
    assert "aspect-ratio: 300 / 20" in str(read.all("label")[0]["style"])


def test_a_large_picture_is_in_the_page_as_a_jpeg_that_looks_the_same_and_one_with_holes_as_it_is() -> None:
    pixels = photo("coffee").permute(1, 2, 0).mul(255).round().byte().numpy()
    drawn = {}
    for mode in ("RGB", "RGBA"):
        kept = io.BytesIO()
        picture_of = Image.fromarray(pixels).convert(mode)
        if mode == "RGBA":
            picture_of.putpixel((0, 0), (0, 0, 0, 0))
        picture_of.save(kept, "PNG")
        section = Section("s", pictures=(Picture(kept.getvalue(), "noise"),))
        address = str(Reader(render(Page("t", sections=(section,)))).all("img")[0]["src"])
        drawn[mode] = (address.partition(";")[0], b64decode(address.partition(",")[2]), kept.getvalue())
    form, data, before = drawn["RGB"]
    assert form == "data:image/jpeg" and 2 * len(data) < len(before)
    with Image.open(io.BytesIO(data)) as opened:
        shown = torch.frombuffer(bytearray(opened.convert("RGB").tobytes()), dtype=torch.uint8).view(pixels.shape)
    assert float((shown.float() - torch.from_numpy(pixels).float()).abs().mean()) < 3
    assert drawn["RGBA"][0] == "data:image/png" and drawn["RGBA"][1] == drawn["RGBA"][2]


def test_a_part_of_a_section_is_a_smaller_heading_in_its_place() -> None:
    sections = (Section("Part 1"), Section("a)", task="Show.", answer="Shown.", level=3), Section("Part 2"))
    html = render(Page("t", sections=sections))
    assert [title for _, title in re.findall(r'<(h\d) id="section-\d">(.*?)<', html)] == ["Part 1", "a)", "Part 2"]
    assert re.findall(r'<h3 id="section-(\d)">', html) == ["2"]
    assert '<li class="part"><a href="#section-2">a)</a>' in html
    assert html.index('<p class="task">Show.</p>') < html.index('<div class="answer">\n<p>Shown.</p>')


def test_a_page_that_is_still_being_made_says_so_and_comes_again() -> None:
    made, making = render(Page("t")), render(Page("t", status="Still being made."))
    assert 'http-equiv="refresh"' not in made and 'class="status"' not in made
    assert '<meta http-equiv="refresh" content="5">' in making and '<p class="status">Still being made.</p>' in making


def test_a_figure_becomes_a_picture() -> None:
    figure, panels = sheet(1, 1)
    show_image(panels[0, 0], torch.rand(3, 40, 56))
    assert picture(figure, "noise", "What noise looks like.") == Picture(png(figure), "noise", "What noise looks like.")


def test_every_picture_can_be_enlarged_by_a_box_of_its_own_that_has_a_name() -> None:
    read = Reader(render(full("espresso")))
    boxes = read.all("input")
    assert [each["type"] for each in boxes] == ["checkbox"] * 6
    assert len({each["id"] for each in boxes}) == 6
    assert [each["for"] for each in read.all("label")] == [each["id"] for each in boxes]
    assert all(each["aria-label"] for each in boxes)


@pytest.mark.parametrize(("sections", "listed"), [(0, 0), (2, 0), (3, 3), (12, 12)])
def test_contents_are_listed_from_three_sections_on_and_lead_there(sections: int, listed: int) -> None:
    read = Reader(render(full("espresso", sections)))
    links = [str(each["href"]) for each in read.all("a")]
    assert len(links) == listed
    assert links == [f"#{each['id']}" for each in read.all("h2")][:listed]
    assert len(read.all("h1")) == 1


def test_the_page_is_fit_for_everyone() -> None:
    read = Reader(render(full("espresso")))
    assert read.all("html")[0]["lang"] == "en"
    assert len(read.all("main")) == 1
    assert all(each["scope"] == "col" for each in read.all("th"))
    assert any(each.get("name") == "viewport" for each in read.all("meta"))
    css = render(Page("t"))
    assert "prefers-color-scheme: dark" in css
    assert "@media print" in css


def test_paragraphs_are_parted_at_blank_lines() -> None:
    html = render(Page("t", sections=(Section("s", "one\nstill one\n\n \n\ntwo\n"),)))
    assert re.findall(r"<p>(.*?)</p>", html, re.DOTALL) == ["one\nstill one", "two"]


def test_numbers_line_up_at_the_right_and_words_at_the_left() -> None:
    table = Table(
        ("method", "area", "share", "time", "mixed"),
        (("a", 0.123456, "95.2 %", "0.02 s", 1), ("b", float("nan"), "<0.1 %", "3.1 s", "none")),
    )
    html = render(Page("t", sections=(Section("s", tables=(table,)),)))
    assert re.findall(r'<th scope="col"( class="number")?>(\w+)</th>', html) == [
        ("", "method"),
        (' class="number"', "area"),
        (' class="number"', "share"),
        (' class="number"', "time"),
        ("", "mixed"),
    ]
    assert '<td class="number">0.1235</td>' in html
    assert '<td class="number">&lt;0.1 %</td>' in html


def test_what_is_empty_leaves_no_empty_tags() -> None:
    read = Reader(render(Page("only a title")))
    assert {name for name, _ in read.tags} == {
        *("html", "head", "meta", "link", "title", "style", "body", "header", "h1", "main")
    }


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>"])
def test_what_is_no_picture_is_refused_by_its_alt(content: bytes) -> None:
    with pytest.raises(UserError, match=r"'a cup'.*PNG or JPEG"):
        render(Page("t", sections=(Section("s", pictures=(Picture(content, "a cup"),)),)))


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(full("é"), tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == render(full("é"))
    before = path.read_bytes()
    with pytest.raises(UserError):
        write(Page("t", sections=(Section("s", pictures=(Picture(b"", "x"),)),)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_is_an_html_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.html"):
        write(Page("t"), tmp_path / "page.pdf")
    assert list(tmp_path.iterdir()) == []
