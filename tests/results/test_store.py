import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from seethrough.errors import UserError
from seethrough.results import load_result
from seethrough.results.store import FORMAT
from tests.results.kinds import everything

pytestmark = pytest.mark.usefixtures("kinds")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return everything().save(tmp_path / "x.safetensors")


def rewritten(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Save the file again with its page changed, as someone who means harm would."""
    page = json.loads(path.with_suffix(".json").read_text())
    changed = change(page)
    page = page if changed is None else changed
    save_file(load_file(path), path, metadata={"seethrough": page if isinstance(page, str) else json.dumps(page)})
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        load_result(path)
    said = str(refused.value)
    assert "\n" not in said
    assert repr(str(path)) in said
    assert len(said) < len(str(path)) + 250
    return said


def test_everything_comes_back_as_it_was(saved: Path) -> None:
    back = load_result(saved)
    assert back == everything()
    assert type(back).__name__ == "Everything"
    assert load_result(back.save(saved.with_name("again.safetensors"))) == back


@pytest.mark.parametrize(
    "dtype",
    [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float64],
)
@pytest.mark.parametrize("shape", [(), (0,), (3, 1, 2)])
def test_tensors_of_every_type_and_shape_come_back(tmp_path: Path, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    values = torch.randint(0, 2, shape).to(dtype)
    back = load_result(everything(values=values).save(tmp_path / "x.safetensors"))
    assert back.values.dtype == dtype  # type: ignore[attr-defined]
    torch.testing.assert_close(back.values, values)  # type: ignore[attr-defined]


def test_views_shared_memory_and_gradients_are_no_hindrance(tmp_path: Path) -> None:
    whole = torch.rand(4, 6, requires_grad=True)
    result = everything(values=whole.t()[1:], named={"a": whole, "b": whole, "c": whole.expand(2, 4, 6)})
    assert load_result(result.save(tmp_path / "x.safetensors")) == result


def test_the_page_beside_says_what_a_person_asks(saved: Path) -> None:
    page = json.loads(saved.with_suffix(".json").read_text(), parse_constant=pytest.fail)
    assert page["kind"] == "Everything"
    assert page["method"] == "see.everything"
    assert page["network"] == "tiny"
    assert page["says"] == "everything (tiny)"
    assert page["settings"]["command"] == "see --all ü"
    assert page["settings"]["rate"] == {"float": "inf"}
    assert page["versions"]["torch"] == torch.__version__
    assert page["versions"]["seethrough"]
    assert page["fields"]["values"] == {"tensor": "values", "shape": [1, 3], "dtype": "float32"}
    assert page["fields"]["goal"] == "away"
    assert "ü" in saved.with_suffix(".json").read_text(encoding="utf-8")


def test_other_programs_find_the_tensors_under_their_names(saved: Path) -> None:
    assert {"values", "parts.0.weights", "parts.1.weights", "best.weights", "named.half"} <= set(load_file(saved))


def test_the_safetensors_file_is_complete_without_the_page_beside(saved: Path) -> None:
    saved.with_suffix(".json").unlink()
    assert load_result(str(saved)) == everything()


def test_a_kind_without_a_row_in_the_table_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seethrough.results.store.KINDS", {})
    with pytest.raises(TypeError, match="Everything"):
        everything().save(tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_the_files_kind_is_looked_up_never_imported(saved: Path) -> None:
    assert "os:system" in refusal(rewritten(saved, lambda page: page.update(kind="os:system")))


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.update(format=FORMAT + 1),
        lambda page: page.update(kind=7),
        lambda page: page.update(kind=[]),
        lambda page: page.update(kind="Guesses"),
        lambda page: page.update(settings=[]),
        lambda page: page.update(network=None),
        lambda page: page.update(fields=[]),
        lambda page: page.pop("settings"),
        lambda page: page.pop("format"),
        lambda page: page["fields"].pop("done"),
        lambda page: page["fields"].update(done="yes"),
        lambda page: page["fields"].update(more=1),
        lambda page: page["fields"].update(values=3),
        lambda page: page["fields"]["values"].update(tensor="named.half"),
        lambda page: page["fields"]["values"].update(tensor="../../etc/passwd"),
        lambda page: page["fields"]["values"].update(shape=[3, 1]),
        lambda page: page["fields"]["parts"].append({"name": "d"}),
        lambda page: page["fields"].update(parts={"0": {}}),
        lambda page: page["fields"].update(__class__="x"),
        lambda page: [page],
        lambda page: "null",
        lambda page: "{",
        lambda page: "x" * 10_000,
        lambda page: "[" * 100_000,
        lambda page: "9" * 100_000,
    ],
)
def test_a_page_that_was_tampered_with_is_refused_in_one_line(saved: Path, change: Callable[..., Any]) -> None:
    assert "damaged" in refusal(rewritten(saved, change))


def test_a_newer_format_is_said_to_be_newer(saved: Path) -> None:
    assert "newer" in refusal(rewritten(saved, lambda page: page.update(format=99)))


def test_a_file_of_someone_else_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.ones(2)}, tmp_path / "x.safetensors")
    assert "not saved by seethrough" in refusal(tmp_path / "x.safetensors")


@pytest.mark.parametrize("content", [b"", b"x", b"\x89PNG\r\n", b"\xff" * 100, (2**40).to_bytes(8, "little") + b"{}"])
def test_what_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    assert "cannot be read" in refusal(tmp_path / "x.safetensors")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_bytes_that_were_cut_or_flipped_never_end_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = everything().save(tmp_path_factory.mktemp("torn") / "x.safetensors")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:place]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        load_result(path)
    except UserError as refused:
        assert "\n" not in str(refused)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "is not there" in refusal(tmp_path / "none.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    assert "is not there" in refusal(tmp_path / "folder.safetensors")


def test_a_picture_cannot_be_read_back(tmp_path: Path) -> None:
    assert ".safetensors" in refusal(tmp_path / "x.png")
