"""How long a fresh interpreter takes to come to its first use: ours, and what its peers import."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from given import Given
from jobs.shape import OURS, Check, Pair

PEAK = """
import atexit, pathlib
def say():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
atexit.register(say)
"""
"""Says last of all how much memory the interpreter held at most, in kB."""
HELP, CLASSIFIED = "seethrough --help", "seethrough, load and classify"
CODE = {
    OURS: "import seethrough",
    HELP: "import sys; from seethrough.cli import main; sys.argv = ['seethrough', '--help']; main()",
    CLASSIFIED: (
        "import seethrough; network = seethrough.load(device='{device}')\n"
        "print(network.classify(network.frame(seethrough.photo('coffee')))[0][0].label)"
    ),
    "import captum.attr": "import captum.attr",
    "import lucent": (
        "from jobs.kornia_names import bring_kornia_names; bring_kornia_names()\nimport lucent.optvis.render"
    ),
    "import foolbox": "import foolbox",
    "import torch": "import torch",
}


def start_up(given: Given) -> Pair:
    """Start interpreters, each with one thing to do; `import seethrough` itself brings what it needs only later."""
    code = {name: words.format(device=given.device) for name, words in CODE.items()}

    def check(found: Mapping[str, Any]) -> Check:
        guess = found[CLASSIFIED].split()[-1]
        return Check(f"the photo is read as {guess}", guess == "espresso")

    return Pair(
        "one fresh interpreter each",
        {name: _fresh(words) for name, words in code.items()},
        check,
        memory={name: partial(_peak, words) for name, words in code.items()},
        counted=False,
    )


def _fresh(code: str) -> Callable[[], str]:
    here = Path(__file__).resolve().parents[1]
    # As people have it: what Python compiled is kept, and the first run of each, which is not timed, brings it there.
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    how: dict[str, Any] = {"check": True, "capture_output": True, "text": True, "cwd": here, "env": around}
    return lambda: str(subprocess.run([sys.executable, "-c", code], **how).stdout)


def _peak(code: str) -> float | None:
    said = _fresh(PEAK + code)().split()
    return int(said[-1]) / 1024 if said and Path("/proc/self/status").exists() else None
