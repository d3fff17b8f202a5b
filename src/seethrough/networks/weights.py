"""Weights from a file, read without running anything the file says, and put into a module whole or not at all."""

import os
import re
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from seethrough.errors import UserError, closest
from seethrough.networks.array_pickle import load_arrays

TORCH_SUFFIXES = (".pth", ".pt", ".bin", ".ckpt")
SUFFIXES = (".safetensors", *TORCH_SUFFIXES)
# Averaged weights first: a checkpoint that holds both reports the averaged ones' accuracy.
NESTS = (
    "model_ema",
    "state_dict_ema",
    "ema_state_dict",
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "network",
    "net",
    "weights",
    "params",
)
# Left by DataParallel (and averaging), and by torch.compile.
PREFIXES = ("module.", "_orig_mod.")


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a .safetensors or PyTorch file by name, unwrapped from checkpoints; code is refused.

    >>> sorted(read_weights("lenet.safetensors"))[:2]
    ['conv1.bias', 'conv1.weight']
    """
    path = _existing_file(path)
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"weights file {path} ends in {path.suffix!r}; should be one of {', '.join(SUFFIXES)}")
    if path.stat().st_size == 0:
        raise UserError(f"weights file {path} is empty")
    try:
        stored = load_file(path) if path.suffix.lower() == ".safetensors" else _load_torch_file(path)
    except (UserError, MemoryError):
        raise
    except Exception as broken:  # torch.load lets KeyError, EOFError, OSError and more escape
        kind = "safetensors" if path.suffix.lower() == ".safetensors" else "PyTorch"
        raise UserError(f"weights file {path} is damaged or cut short, or is no {kind} file") from broken
    tensors = _without_prefixes(_tensors_inside(stored))
    if not tensors:
        raise UserError(f"weights file {path} holds no named tensors; should hold a state_dict")
    return tensors


def put_weights(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy tensors into a module of the same names and shapes; on any misfit raise and leave the module as it was.

    >>> put_weights(network, read_weights("lenet.safetensors"), "lenet.safetensors")
    """
    own = {name: value for name, value in module.state_dict().items() if isinstance(value, Tensor)}
    # Files older than PyTorch 0.4 do not count batches; load_state_dict fills the counter in.
    missing = [name for name in own if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in own]
    shared = [name for name in own if name in state]
    misshapen = [name for name in shared if state[name].shape != own[name].shape]
    faults = []
    if missing:
        faults.append(f"{len(missing)} missing (first: {missing[0]})")
    if unexpected:
        faults.append(f"{len(unexpected)} unexpected (first: {unexpected[0]})")
    if misshapen:
        first = misshapen[0]
        shapes = f"{first} is {_shape(state[first])}, should be {_shape(own[first])}"
        faults.append(f"{len(misshapen)} misshapen (first: {shapes})")
    if faults:
        hint = _class_hint({name: (state[name].shape, own[name].shape) for name in misshapen})
        raise UserError(f"weights of {source} do not fit: {', '.join(faults)}{hint}")
    for name in shared:
        _check_values(name, state[name], own[name], source)
    module.load_state_dict(dict(state), strict=False)  # strictness is checked above, before anything is copied


def checksum(module: nn.Module) -> int:
    """Return a number of a module's weights: two networks may bear one name."""
    found = 0
    for weight in module.state_dict().values():
        if isinstance(weight, Tensor):
            found = zlib.crc32(weight.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data, found)
    return found


def read_array_pickle(path: str | Path) -> dict[str, list[np.ndarray[Any, Any]]]:
    """Read name -> arrays from an .npy file that pickles such a dict, as bvlc_alexnet.npy does (Python 2 included).

    >>> weight, bias = read_array_pickle("bvlc_alexnet.npy")["conv1"]
    """
    path = _existing_file(path)
    with path.open("rb") as file:
        return load_arrays(file, f"weights file {path}")


def _existing_file(path: str | Path) -> Path:
    """Return the path of a file that can be read, or raise with the closest names in its folder."""
    path = Path(path).expanduser()
    if path.is_dir():
        raise UserError(f"weights file {path} is a folder; should be a file")
    if path.is_file():
        if not os.access(path, os.R_OK):
            raise UserError(f"weights file {path} may not be read by you; check its permissions")
        return path
    if not path.parent.is_dir():
        raise UserError(f"weights file {path} does not exist, nor does its folder")
    near = closest(path.name, [beside.name for beside in path.parent.iterdir() if beside.is_file()])
    raise UserError(f"weights file {path} does not exist" + (f"; closest there: {', '.join(near)}" if near else ""))


def _load_torch_file(path: Path) -> object:
    """Load what `torch.save` wrote, tensors and plain containers alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of archives that it then refuses
            return torch.load(path, weights_only=True, map_location="cpu")
    except Exception as refusal:
        asked = re.search(r"GLOBAL (\S+)", str(refusal))
        if asked or "TorchScript" in str(refusal) or _is_bare_pickle(path):
            content = f"{asked[1]}, not tensors alone" if asked else "a program, not tensors alone"
            line = f"weights file {path} holds {content}: reading it would run code of the file, which is refused"
            raise UserError(f"{line}; where you trust it, convert its state_dict to .safetensors") from refusal
        raise


def _is_bare_pickle(path: Path) -> bool:
    """Tell a pickle of protocol 3 or later by its first bytes: `torch.save` writes protocol 2."""
    with path.open("rb") as file:
        start = file.read(2)
    return len(start) == 2 and start[0] == 0x80 and 3 <= start[1] <= 5


def _tensors_inside(stored: object) -> dict[str, Tensor]:
    """Unwrap a checkpoint down to its state_dict (three nests at most: a pickle may hold itself)."""
    for _ in range(3):
        if not isinstance(stored, Mapping):
            return {}
        stored = next((stored[nest] for nest in NESTS if isinstance(stored.get(nest), Mapping)), stored)
    if not isinstance(stored, Mapping):
        return {}
    return {name: value for name, value in stored.items() if isinstance(name, str) and isinstance(value, Tensor)}


def _without_prefixes(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Drop what wrappers of the whole network put before every name, and the counter that averaging adds."""
    tensors = {name: value for name, value in tensors.items() if name != "n_averaged"}
    while tensors:
        prefix = next((prefix for prefix in PREFIXES if all(name.startswith(prefix) for name in tensors)), None)
        if prefix is None:
            break
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _shape(tensor: Tensor) -> str:
    return "x".join(str(side) for side in tensor.shape) or "one number"


def _class_hint(shapes: Mapping[str, tuple[torch.Size, torch.Size]]) -> str:
    """Say so when the only difference is one count of outputs: the network was built for other classes."""
    counts = {(found[0], wanted[0]) for found, wanted in shapes.values() if found and wanted}
    same_otherwise = all(found and wanted and found[1:] == wanted[1:] for found, wanted in shapes.values())
    if len(counts) != 1 or not same_otherwise:
        return ""
    found, wanted = counts.pop()
    return f"; the file seems to be for {found} classes, the network has {wanted}"


def _check_values(name: str, stored: Tensor, own: Tensor, source: str) -> None:
    """Raise unless the stored numbers mean the same in the module: plain, of the same kind, finite there too."""
    plain = stored.layout == torch.strided and not stored.is_meta
    if not plain or stored.is_floating_point() != own.is_floating_point() or stored.is_complex() != own.is_complex():
        kind = f"{str(stored.dtype).removeprefix('torch.')}{'' if plain else ' (not stored plainly)'}"
        raise UserError(
            f"weights of {source}: {name} is {kind}, should be {str(own.dtype).removeprefix('torch.')} numbers"
        )
    if not stored.to(own.dtype).isfinite().all():
        raise UserError(f"weights of {source}: {name} holds NaN or infinity; should be finite numbers")
