import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seethrough.results.plain import MisfitError, from_plain, to_plain
from seethrough.results.same import same

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@dataclasses.dataclass
class Point:
    x: float
    name: str = ""


@given(ANYTHING)
def test_any_plain_value_survives_json(value: Any) -> None:
    written = json.dumps(to_plain(value, {}, ""), allow_nan=False)
    assert same(from_plain(json.loads(written), Any, {}, ""), value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ((1, 2.5, "x"), tuple[int, float, str]),
        ((), tuple[int, ...]),
        ((Point(1.0), Point(math.inf, "far")), tuple[Point, ...]),
        ({"a": Point(2.0)}, Mapping[str, Point]),
        (None, int | None),
        (3, int | str | None),
        ("3", int | str | None),
        (True, bool),
        (2, float),
        ("to", Literal["to", "away"]),
    ],
)
def test_a_value_of_the_declared_type_comes_back(value: Any, kind: Any) -> None:
    back = from_plain(json.loads(json.dumps(to_plain(value, {}, ""))), kind, {}, "")
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        ("1", int),
        (1.5, int),
        (True, int),
        (True, float),
        (1, bool),
        (None, str),
        ({"float": "1e5"}, float),
        ({"float": []}, float),
        ([1, 2], tuple[int, int, int]),
        ([1, "a"], tuple[int, ...]),
        ({"x": 1}, tuple[int, ...]),
        ([1], Mapping[str, int]),
        ({"x": "far", "name": ""}, Point),
        ({"x": 1.0}, Point),
        ({"x": 1.0, "name": "", "more": 1}, Point),
        ([1.0, ""], Point),
        ("x", int | None),
        ("back", Literal["to", "away"]),
        (1, Literal[True]),
        (1.0, Tensor),
        ({"tensor": "y", "shape": [2], "dtype": "float32"}, Tensor),
        ({"tensor": "x", "shape": [3], "dtype": "float32"}, Tensor),
        ({"tensor": "x", "shape": [2], "dtype": "int64"}, Tensor),
    ],
)
def test_a_value_of_another_type_is_a_misfit(plain: Any, kind: Any) -> None:
    with pytest.raises(MisfitError):
        from_plain(plain, kind, {"x": torch.zeros(2)}, "x")


def test_a_misfit_is_named_by_its_place() -> None:
    with pytest.raises(MisfitError, match=r"rows\.1\.0"):
        from_plain([[1], ["a"]], tuple[tuple[int, ...], ...], {}, "rows")


@pytest.mark.parametrize("value", [{1: 2}, {1, 2}, b"x", object(), Path("x"), [Path("x")]])
def test_what_json_cannot_say_is_refused_by_name(value: Any) -> None:
    with pytest.raises(TypeError, match="settings"):
        to_plain(value, {}, "settings")


def test_tensors_are_set_aside_under_their_place() -> None:
    tensors: dict[str, Tensor] = {}
    plain = to_plain({"a": [torch.ones(2, 3, requires_grad=True)]}, tensors, "")
    assert plain == {"a": [{"tensor": "a.0", "shape": [2, 3], "dtype": "float32"}]}
    assert list(tensors) == ["a.0"]
    assert not tensors["a.0"].requires_grad
