"""Networks of timm."""

from pathlib import Path
from typing import Any

from torch import nn

from seethrough.errors import UserError, unknown
from seethrough.networks.downloads import downloading, ensure_reachable
from seethrough.networks.labels import Labels, imagenet
from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights, read_weights

HUB = "https://huggingface.co"


def load_timm(name: str, rest: str, weights: Path | None) -> Network:
    """Return a classifier of timm, its pretrained weights downloaded on first use."""
    import timm

    architecture, _, tag = rest.partition(".")
    tags = {
        one.partition(".")[2] for one in timm.list_pretrained(architecture + "*") if one.split(".")[0] == architecture
    }
    if tag and tag not in tags:
        raise unknown("network", name, [f"timm:{architecture}.{one}" for one in sorted(tags)])
    if weights is not None:
        module = timm.create_model(rest, pretrained=False)
        put_weights(module, read_weights(weights), str(weights))
    elif not tags:
        raise UserError(f"{name} has no pretrained weights in timm; give --weights FILE")
    else:
        module = _pretrained(name, rest)
    return _as_network(module, name, module.pretrained_cfg, f"timm:{architecture}")


def _pretrained(name: str, rest: str) -> nn.Module:
    import timm

    settings = timm.get_pretrained_cfg(rest)
    overlay: dict[str, Any] = {}
    if cached := _cached(settings):
        # Named as a file, weights that are here already are read without asking the hub for news.
        overlay = {"file": str(cached)}
    else:
        ensure_reachable(HUB if settings.hf_hub_id else settings.url, name)
    with downloading(name):
        module: nn.Module = timm.create_model(rest, pretrained=True, pretrained_cfg_overlay=overlay)
    return module


def _cached(settings: Any) -> Path | None:
    """Return the place of weights that were downloaded before."""
    from huggingface_hub import try_to_load_from_cache
    from torch.hub import get_dir

    if not settings.hf_hub_id:
        kept = Path(get_dir()) / "checkpoints" / str(settings.url).rpartition("/")[2]
        return kept if kept.is_file() else None
    if settings.hf_hub_filename or settings.custom_load:
        return None
    for file in ("model.safetensors", "pytorch_model.bin"):
        found = try_to_load_from_cache(settings.hf_hub_id, file)
        if isinstance(found, str):
            return Path(found)
    return None


def _as_network(module: nn.Module, name: str, settings: dict[str, Any], arch: str) -> Network:
    from timm.data import resolve_data_config

    if not settings["num_classes"]:
        raise UserError(f"{name} gives features, not classes; choose a network with a classifier")
    config = resolve_data_config(settings)
    _, height, width = config["input_size"]
    enlarged = (int(height / config["crop_pct"]), int(width / config["crop_pct"]))
    keeps_shape = config["crop_mode"] != "squash" and height == width
    return Network(
        module,
        name=name,
        size=(height, width),
        channels=config["input_size"][0],
        mean=config["mean"],
        std=config["std"],
        labels=_labels(settings),
        resize=enlarged[0] if keeps_shape else enlarged,
        interpolation=config["interpolation"] if config["interpolation"] != "random" else "bicubic",
        arch=arch,
    )


def _labels(settings: dict[str, Any]) -> Labels | None:
    if settings["num_classes"] == 1000:
        return imagenet()
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset(settings)
    if subset is None:
        return None
    info = ImageNetInfo(subset)
    wnids = tuple(info.label_names())
    words = tuple(tuple(info.label_name_to_description(wnid).split(", ")) for wnid in wnids)
    return Labels(tuple(synonyms[0] for synonyms in words), wnids, words)
