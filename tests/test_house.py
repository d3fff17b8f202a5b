"""What holds for the whole house: who may import whom, and that nothing heavy is loaded before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "src" / "seethrough"

# From the ground up; a floor imports only floors below it, and rooms of one floor do not import one another's insides.
FLOORS = [
    {"errors", "percent"},
    {"files", "tables"},
    {"jobs", "images"},
    {"states"},
    {"plots"},
    {"results"},
    {"networks"},
    {"datasets"},
    {"ascent"},
    {"see"},
    {"dream"},
    {"fool"},
    {"train"},
    {"study"},
    {"report"},
    {"labs"},
    {"app"},
    {"cli"},
]


def imports(source: Path) -> set[str]:
    """Return the rooms of this house that a file imports anywhere, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("seethrough"):
            inside = node.module.split(".")[1:2]
            found.update(inside or [alias.name for alias in node.names if (HOUSE / alias.name).exists()])
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("seethrough."))
    return found


def floor_of(room: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"{room} has no floor")


@pytest.mark.parametrize("source", sorted(HOUSE.rglob("*.py")), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_imports_only_floors_below_its_own(source: Path) -> None:
    room = source.relative_to(HOUSE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for other in imports(source) - {room}:
        assert floor_of(other) < floor_of(room), f"{room} imports {other}"


@pytest.mark.parametrize(
    "code",
    [
        "import seethrough",
        "import seethrough.cli.app",
        "import seethrough.images.samples, seethrough.images.sources",
        "import seethrough.tables, seethrough.jobs, seethrough.errors",
        "from seethrough.networks.labels import imagenet; imagenet()",
        "from seethrough.networks.names import names; assert len(names()) > 1000",
    ],
)
def test_it_loads_nothing_heavy(code: str) -> None:
    heavy = "torch torchvision timm numpy matplotlib skimage PIL"
    found = f"loaded = [name for name in {heavy!r}.split() if name in sys.modules]"
    checked = f"{code}\nimport sys\n{found}\nassert not loaded, loaded"
    done = subprocess.run([sys.executable, "-c", checked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_everything_said_to_be_public_is_there() -> None:
    import seethrough

    for name in seethrough.__all__:
        assert getattr(seethrough, name) is not None
    assert set(seethrough.__all__) <= set(dir(seethrough))
