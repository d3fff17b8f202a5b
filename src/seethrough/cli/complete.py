"""What the shell offers when a person presses Tab."""

import os
from pathlib import Path

import typer

from seethrough.networks.labels import imagenet
from seethrough.networks.names import DEFAULT, names


def networks(incomplete: str) -> list[str]:
    """Offer the networks whose name goes on from here."""
    return [name for name in names() if name.startswith(incomplete)]


def classes(incomplete: str) -> list[str]:
    """Offer ImageNet's labels; a network with other classes still takes its own."""
    return [label for label in imagenet().names if label.lower().startswith(incomplete.lower())]


def layers(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the layers of the network named on the line, loaded once (seconds) and remembered from then on."""
    net = context.params.get("net") or DEFAULT
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    remembered = home / "seethrough" / "layers" / net.replace(":", "-").replace("/", "-")
    if not remembered.is_file():
        from seethrough.files import replacing
        from seethrough.networks.zoo import load

        try:
            found = list(load(net, weights=context.params.get("weights")).layers)
        except ValueError:
            return []
        with replacing(remembered) as temporary:
            temporary.write_text("\n".join(found))
    return [name for name in remembered.read_text().split("\n") if name.startswith(incomplete)]
