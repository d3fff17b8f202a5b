import io
import re

import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient

from seethrough.app.house import House
from seethrough.app.visitors import plain_name

from .conftest import browser, make


def picture(width: int = 40, height: int = 30, form: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(drawn, form)
    return drawn.getvalue()


def test_a_photo_can_be_brought_looked_at_and_forgotten(client: TestClient) -> None:
    brought = client.post("/api/photos", content=picture(), params={"name": "my cat.png"}).json()
    assert (brought["name"], brought["width"], brought["height"], brought["own"]) == ("my cat", 40, 30, True)
    assert brought["id"] in [photo["id"] for photo in client.get("/api/start").json()["photos"]]
    words = {"net": "mnist-cnn", "photo": brought["id"]}
    assert client.get("/api/guesses", params=words).status_code == 200
    seen = Image.open(io.BytesIO(client.get("/api/seen.png", params=words).content))
    assert seen.size == (28, 28)
    client.delete("/api/photos", params={"photo": brought["id"]})
    assert "bring it again" in client.get("/api/guesses", params=words).json()["says"]


def test_browsers_are_apart(house: House) -> None:
    with browser(house) as one, browser(house) as other:
        photo = one.post("/api/photos", content=picture()).json()["id"]
        made = make(one, "see", "gradient", photo=photo)["id"]
        mask = one.post("/api/masks", content=picture()).json()["id"]
        for path in (
            f"/api/photo.jpg?photo={photo}",
            f"/api/made/{made}",
            f"/api/made/{made}/figure.png",
            f"/api/page.html?made={made}",
            f"/api/mask.png?mask={mask}",
        ):
            assert one.get(path).status_code == 200, path
            refused = other.get(path)
            assert refused.status_code == 400 and "another browser" in refused.json()["says"], path
        assert photo not in other.get("/api/start").text


def test_ids_are_long_and_never_the_same(house: House) -> None:
    with browser(house) as one:
        ids = {one.post("/api/photos", content=picture(8, 8)).json()["id"] for _ in range(20)}
        assert len(ids) == 20
        assert all(re.fullmatch(r"own-[\w-]{16,}", name) for name in ids)
        cookie = next(iter(one.cookies.jar))
        assert cookie.name == "seethrough-0", "servers on other ports keep their own"
        assert len(cookie.value or "") >= 32
        assert cookie.has_nonstandard_attr("HttpOnly")


def test_who_shows_no_cookie_can_look_but_not_bring(house: House) -> None:
    with browser(house) as one:
        one.cookies.clear()
        assert one.get("/api/guesses", params={"net": "mnist-cnn", "photo": "cat"}).status_code == 200
        assert "load it anew" in one.post("/api/photos", content=picture()).json()["says"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"not a picture at all", "no image"),
        (picture()[:60], "damaged"),
        (picture(5000, 4000, "JPEG"), "right would be at most 16,000,000"),
    ],
)
def test_a_bad_file_is_said_in_words(client: TestClient, data: bytes, says: str) -> None:
    answer = client.post("/api/photos", content=data, params={"name": "holiday.jpg"})
    assert answer.status_code == 400
    assert says in answer.json()["says"] and "holiday" in answer.json()["says"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\my cat.JPG", "my cat"),
        ("<img src=x>.png", "img srcx"),
        ("", "photo"),
        ("...", "photo"),
        ("é" * 300 + ".png", "é" * 60),
    ],
)
def test_names_of_files_are_words_only(given: str, shown: str) -> None:
    assert plain_name(given) == shown


def test_what_all_browsers_keep_is_bounded(house: House) -> None:
    shelves = house.visitors.nobody().shelves
    before, most = shelves.masks.bytes, shelves.masks._most
    assert before < most
    visitor = house.visitors.new()
    for _ in range(8):
        shelves.masks[visitor.id, str(_)] = torch.zeros(1, 2000, 2000)
    assert shelves.masks.bytes <= most
    for _ in range(8):
        shelves.masks.pop((visitor.id, str(_)))
