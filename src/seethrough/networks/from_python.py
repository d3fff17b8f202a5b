"""Networks that a person's own function builds."""

import importlib
import sys
from pathlib import Path

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights, read_weights


def load_python(name: str, rest: str, weights: Path | None) -> Network:
    """Return what `package.module:factory` returns, looked for in the current folder too; `load` asks for trust first."""
    module_name, _, factory = rest.partition(":")
    if not module_name or not factory:
        raise UserError(f"network {name!r} names no factory; write python:package.module:factory")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        build = getattr(importlib.import_module(module_name), factory)
    except ModuleNotFoundError as missing:
        if missing.name is None or not module_name.startswith(missing.name):
            raise
        raise UserError(f"network {name!r}: there is no module {module_name} here or on the Python path") from None
    except AttributeError:
        raise UserError(f"network {name!r}: module {module_name} has no {factory}") from None
    finally:
        sys.path.remove(here)
    network = build()
    if not isinstance(network, Network):
        raise UserError(
            f"network {name!r}: {factory}() gave a {type(network).__name__}; it must return a seethrough.Network"
        )
    if weights is not None:
        put_weights(network.module, read_weights(weights), str(weights))
    return network
