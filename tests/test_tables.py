import sys
import types
from pathlib import Path

import pytest

from seethrough.errors import UserError
from seethrough.tables import Method, Setting, Table, load_lazily

STEPS = Setting("steps", 50, "how many", "int", low=1, high=500)
FILL = Setting("fill", "zero", "with what", "choice", choices=("zero", "grey"))
RATE = Setting("learning_rate", None, "how fast", "float", low=0)
TABLE = Table(
    Method("square_root", "math:sqrt", "the square root", (STEPS, FILL, RATE)),
    Method("sine", "math:sin", "the sine"),
)


def test_a_method_is_found_as_python_or_the_command_line_spells_it() -> None:
    assert TABLE["square_root"] is TABLE["square-root"]
    assert TABLE["square-root"].command == "square-root"
    assert list(TABLE) == ["square_root", "sine"]
    assert "square-root" in TABLE and "cosine" not in TABLE
    with pytest.raises(UserError, match="method 'sin' is not known; closest: sine"):
        TABLE["sin"]


def test_a_name_that_python_keeps_for_itself_is_written_without_its_underscore_on_the_command_line() -> None:
    table = Table(Method("class_", "math:sqrt", "a class"), Method("deep_dream", "math:sin", "a dream"))
    assert table["class_"] is table["class"]
    assert table["class"].command == "class" and table["class"].name == "class_"
    assert table["deep-dream"].command == "deep-dream"
    assert "class" in table and "class_" in table and "clas" not in table and 3 not in table
    assert list(table) == ["class_", "deep_dream"] and len(table) == 2
    with pytest.raises(UserError, match=r"method 'clas' is not known; closest: class$"):
        table["clas"]


def test_a_method_loads_its_function() -> None:
    assert TABLE["square_root"].load()(9) == 3


def test_settings_are_filled_in_and_held_against_their_ranges() -> None:
    method = TABLE["square_root"]
    assert method.check({"steps": 7}) == {"steps": 7, "fill": "zero", "learning_rate": None}
    assert RATE.option == "--learning-rate"
    for wrong, words in [
        ({"steps": 0}, "steps: 0 does not fit; it takes 1 to 500"),
        ({"steps": 501}, "1 to 500"),
        ({"steps": 2.5}, "steps: 2.5"),
        ({"steps": True}, "steps: True"),
        ({"fill": "red"}, "fill: 'red' does not fit; it takes zero | grey"),
        ({"learning_rate": -1.0}, "0 or more"),
        ({"step": 3}, "setting of square_root 'step' is not known; closest: steps"),
    ]:
        with pytest.raises(UserError) as caught:
            method.check(wrong)
        assert words in str(caught.value)


def test_a_lazy_package_gives_the_function_although_the_file_bears_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lazy_house"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from seethrough.tables import load_lazily\n"
        "load_lazily(__name__, {'double': 'lazy_house.double:double', 'room': 'lazy_house.room'})\n"
    )
    (package / "double.py").write_text("def double(x):\n    return 2 * x\n")
    (package / "room.py").write_text("SIZE = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lazy_house  # type: ignore[import-not-found]

    assert "lazy_house.double" not in sys.modules
    assert "double" in dir(lazy_house)
    assert lazy_house.double(2) == 4
    # Importing the file by its own name must not put the module in the function's place.
    from lazy_house.double import double  # type: ignore[import-not-found]

    assert lazy_house.double is double
    assert isinstance(lazy_house.room, types.ModuleType)
    with pytest.raises(AttributeError, match="triple"):
        lazy_house.triple  # noqa: B018
    for name in [name for name in sys.modules if name.startswith("lazy_house")]:
        del sys.modules[name]


def test_importing_a_methods_file_first_leaves_the_function_on_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lazy_barn"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from seethrough.tables import load_lazily\nload_lazily(__name__, {'double': 'lazy_barn.double:double'})\n"
    )
    (package / "double.py").write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lazy_barn  # type: ignore[import-not-found]
    from lazy_barn.double import double  # type: ignore[import-not-found]

    assert lazy_barn.double is double
    assert load_lazily.__doc__
    for name in [name for name in sys.modules if name.startswith("lazy_barn")]:
        del sys.modules[name]
