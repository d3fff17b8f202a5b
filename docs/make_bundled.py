"""Write the table of the bundled networks into docs/train.md, from their cards.

.venv/bin/python docs/make_bundled.py
"""

import json
import re
from pathlib import Path

from seethrough.networks.from_card import BUNDLED
from seethrough.networks.names import BUNDLED as NAMES
from seethrough.percent import percent

PAGE = Path(__file__).with_name("train.md")
HEAD = "| Network | Test accuracy | Under attack | Parameters | FLOPs an image | On disk | Trained in |"
TABLE = re.compile(rf"^{re.escape(HEAD)}\n(?:\|.*\n)+", re.MULTILINE)


def main() -> None:
    """Write the table in the place of the one that is there."""
    text, found = TABLE.subn(lambda _: table(), PAGE.read_text(encoding="utf-8"))
    if not found:
        raise SystemExit(f"{PAGE} has no table that begins with {HEAD}")
    PAGE.write_text(text, encoding="utf-8")


def table() -> str:
    """Return the table as Markdown, a row a network."""
    rows = [row(name) for name in NAMES if name != "cifar10-linear"]
    return "\n".join([HEAD, "|---|---|---|---|---|---|---|", *rows]) + "\n"


def row(name: str) -> str:
    """Return the row of a network."""
    card = json.loads((BUNDLED / f"{name}.json").read_text(encoding="utf-8"))
    size = (BUNDLED / f"{name}.safetensors").stat().st_size
    attack = "" if card["robust_accuracy"] is None else f"{percent(card['robust_accuracy'])}: {card['attack']}"
    cells = [
        f"`{name}`",
        f"{card['test_accuracy'] * 100:.2f} %",
        attack,
        f"{card['parameters']:,}",
        f"{card['flops'] / 1e6:.0f} million",
        f"{size / 1e6:.1f} MB",
        f"{card['epochs']} epochs, {card['seconds'] / 60:.0f} min",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
