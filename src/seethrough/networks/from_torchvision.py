"""Networks of torchvision."""

from pathlib import Path
from typing import Any

from torch import nn

from seethrough.errors import unknown
from seethrough.networks.downloads import downloading, ensure_reachable
from seethrough.networks.labels import as_labels, imagenet
from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights, read_weights


def load_torchvision(name: str, rest: str, weights: Path | None) -> Network:
    """Return a classifier of torchvision, its pretrained weights (`:TAG`, or its default ones) downloaded on first use."""
    from torchvision import models

    architecture, _, tag = rest.partition(":")
    offered = models.get_model_weights(architecture)
    if tag and tag not in offered.__members__:
        raise unknown("network", name, [f"torchvision:{architecture}:{one}" for one in offered.__members__])
    chosen = offered[tag] if tag else offered.DEFAULT
    if weights is not None:
        module = _untrained(architecture)
        put_weights(module, read_weights(weights), str(weights))
    else:
        module = _pretrained(name, architecture, chosen)
    return _as_network(module, name, chosen, f"torchvision:{architecture}")


def _untrained(architecture: str) -> nn.Module:
    from torchvision import models

    # These two draw their first weights for minutes unless told not to.
    slow = {"init_weights": False} if architecture in ("googlenet", "inception_v3") else {}
    module: nn.Module = models.get_model(architecture, weights=None, **slow)
    return module


def _pretrained(name: str, architecture: str, chosen: Any) -> nn.Module:
    from torch.hub import get_dir
    from torchvision import models

    if not (Path(get_dir()) / "checkpoints" / chosen.url.rpartition("/")[2]).is_file():
        ensure_reachable(chosen.url, name)
    with downloading(name):
        module: nn.Module = models.get_model(architecture, weights=chosen)
    return module


def _as_network(module: nn.Module, name: str, chosen: Any, arch: str) -> Network:
    preset = chosen.transforms()
    categories = list(chosen.meta["categories"])
    known = imagenet()
    return Network(
        module,
        name=name,
        size=preset.crop_size[0],
        resize=preset.resize_size[0],
        mean=preset.mean,
        std=preset.std,
        labels=known if categories == list(known.names) else as_labels(categories),
        interpolation=preset.interpolation.value,
        arch=arch,
    )
