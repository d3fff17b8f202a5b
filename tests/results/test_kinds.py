import dataclasses
import typing

import pytest

from seethrough.errors import UserError
from seethrough.results import Result
from seethrough.results.kinds import KINDS, kind_class


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_frozen_result_of_that_name_whose_types_can_be_read(kind: str) -> None:
    found = kind_class(kind)
    assert issubclass(found, Result)
    assert found.__name__ == kind
    assert found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert set(typing.get_type_hints(found)) == {field.name for field in dataclasses.fields(found)}


def test_a_mistyped_kind_is_answered_with_the_closest() -> None:
    with pytest.raises(UserError, match="closest: Guesses"):
        kind_class("Gueses")
