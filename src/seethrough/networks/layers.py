"""The table of a network's layers, made by passing one image through it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seethrough.networks.receptive import FieldWatch, ReceptiveField

CONVOLUTIONAL = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class Layer:
    """One layer as one image meets it; shapes are without the batch.

    `parameters` are its own, not those of the modules inside it; `neurons` are the outputs of a convolution or linear layer.
    """

    name: str
    kind: str
    input_shape: tuple[int, ...]
    shape: tuple[int, ...]
    units: int
    parameters: int
    neurons: int
    field: ReceptiveField | None
    family: str  # "convolutional", "fully connected" or ""

    @property
    def spatial(self) -> bool:
        """Tell whether the output is a stack of maps [units, height, width]."""
        return len(self.shape) == 3


def use_name(name: str, use: int) -> str:
    """Name one use of a module: `relu` is the first, `relu#2` the second."""
    return name if use == 1 else f"{name}#{use}"


def trace_layers(module: nn.Module, image: Tensor, forward: Callable[[Tensor], Any]) -> dict[str, Layer]:
    """Pass an image [1, C, H, W] through, and write down every module that gives a tensor, in the order they finish."""
    layers: dict[str, Layer] = {}
    uses: Counter[str] = Counter()
    counted: set[int] = set()  # shared weights count once
    watch = FieldWatch(image)

    def note(name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        def hook(part: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            uses[name] += 1
            if not isinstance(output, Tensor):
                return
            shape = tuple(output.shape[1:])
            entered = next((tuple(item.shape[1:]) for item in inputs if isinstance(item, Tensor)), ())
            fresh = [weight for weight in part.parameters(recurse=False) if id(weight) not in counted]
            counted.update(id(weight) for weight in fresh)
            full = use_name(name, uses[name])
            family = _family(part)
            layers[full] = Layer(
                name=full,
                kind=type(part).__name__,
                input_shape=entered,
                shape=shape,
                units=shape[0] if len(shape) == 3 else (shape[-1] if shape else 1),
                parameters=sum(weight.numel() for weight in fresh),
                neurons=output[0].numel() if family else 0,
                field=watch.field_of(output),
                family=family,
            )

        return hook

    handles = [part.register_forward_hook(note(name)) for name, part in module.named_modules() if name]
    try:
        with torch.no_grad(), watch:
            forward(image)
    finally:
        for handle in handles:
            handle.remove()
    return layers


def _family(part: nn.Module) -> str:
    if isinstance(part, CONVOLUTIONAL):
        return "convolutional"
    return "fully connected" if isinstance(part, nn.Linear) else ""


def totals(layers: Iterable[Layer], parameters: int) -> dict[str, dict[str, int]]:
    """Add up parameters and neurons: of convolutional and of fully connected layers, of all else, and of the whole.

    `parameters` is how many the network has: some may belong to no layer of the table, as a transformer's tokens do.
    """
    counts = {
        family: {"parameters": 0, "neurons": 0} for family in ("convolutional", "fully connected", "other", "total")
    }
    for layer in layers:
        if layer.family:
            counts[layer.family]["parameters"] += layer.parameters
            counts[layer.family]["neurons"] += layer.neurons
            counts["total"]["neurons"] += layer.neurons
    split = counts["convolutional"]["parameters"] + counts["fully connected"]["parameters"]
    counts["other"]["parameters"], counts["total"]["parameters"] = parameters - split, parameters
    return counts
