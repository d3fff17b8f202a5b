import pytest
from hypothesis import given
from hypothesis import strategies as st

from seethrough.plots.words import fitting, numbers, plainly, shortened, width, wrapped

TEXT = st.text(alphabet="abcdefgW-_/. ilmé", max_size=80)


@given(TEXT, st.floats(0.5, 3))
def test_wrapping_keeps_every_letter_and_no_line_is_too_wide(text: str, inches: float) -> None:
    broken = wrapped(text, inches, 13)
    assert "".join(broken.split()) == "".join(text.split())
    assert all(width(line, 13) <= inches for line in broken.split("\n"))


def test_a_text_that_fits_is_left_alone() -> None:
    assert wrapped("Grad-CAM of espresso", 10, 13) == "Grad-CAM of espresso"


def test_lines_that_were_broken_on_purpose_stay_broken() -> None:
    assert wrapped("coffee\nespresso", 10, 13) == "coffee\nespresso"


def test_a_long_file_name_breaks_after_a_mark_rather_than_inside_a_word() -> None:
    assert wrapped("holiday-photographs-of-coffee.jpeg", 2.0, 13).split("\n")[0].endswith("-")


def test_even_a_letter_too_wide_for_its_room_is_written() -> None:
    assert wrapped("WW", 0.01, 13) == "W\nW"


@given(TEXT, st.floats(0.3, 3))
def test_a_shortened_text_fits_and_begins_like_the_whole(text: str, inches: float) -> None:
    kept = shortened(text, inches, 11)
    assert width(kept, 11) <= inches
    assert " ".join(text.split()).startswith(kept.removesuffix("…"))


def test_a_text_is_shortened_only_where_it_must_be() -> None:
    assert shortened("cup", 2, 11) == "cup"
    assert shortened("a cup of coffee on a saucer", 1, 11).endswith("…")


@given(TEXT, st.floats(0, 3))
def test_one_more_letter_would_not_fit(text: str, inches: float) -> None:
    count = fitting(text, inches, 11)
    assert count == 0 or width(text[:count], 11) <= inches
    assert count == len(text) or width(text[: count + 1], 11) > inches


def test_dollars_are_letters_not_formulas() -> None:
    assert width("$x^2$", 12) > width("x2", 12)


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.0, 0.3, 0.6, 0.9], ["0", "0.3", "0.6", "0.9"]),
        ([1000.0, 1000.5, 1001.0], ["1000", "1000.5", "1001"]),
        ([0.0, 1e-7, 2e-7], ["0", "1e-7", "2e-7"]),
        ([-2000.0, 0.0, 2000.0], ["-2000", "0", "2000"]),
        ([5.0], ["5"]),
        ([], []),
    ],
)
def test_numbers_are_short_and_tell_values_apart(values: list[float], written: list[str]) -> None:
    assert numbers(values) == written


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=6, unique=True))
def test_numbers_that_differ_are_written_differently(values: list[float]) -> None:
    assert len(set(numbers(values))) == len(values)


def test_exponents_stay_only_where_they_are_shorter() -> None:
    assert [plainly(each) for each in ("1e+03", "1.2e+09", "1e-05", "0.5")] == ["1000", "1.2e9", "1e-5", "0.5"]
