import pytest

from seethrough.errors import UserError, closest, require, unknown


def test_closest_puts_the_likeliest_first_and_knows_parts_of_names() -> None:
    assert closest("blocks.4.22", ["conv_stem", "blocks.4.2", "blocks.4.1"])[0] == "blocks.4.2"
    assert closest("cat", ["tiger cat", "dog", "tabby"]) == ["tiger cat"]
    assert closest("zzz", ["conv1", "fc6"]) == []


def test_unknown_lists_what_there_is_when_nothing_is_close() -> None:
    assert str(unknown("layer", "zzz", ["conv1", "fc6"])) == "layer 'zzz' is not known; there are: conv1, fc6"


def test_a_missing_extra_is_answered_with_the_pip_line() -> None:
    with pytest.raises(UserError, match=r"no_such_package is not installed.*pip install 'seethrough\[study\]'"):
        require("no_such_package.inner", "study")
    assert require("math", "study").sqrt(4) == 2
