"""`seethrough layers`: what a network is made of."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from seethrough.cli.command import Json, Net, Run, Trust, Weights, answer, print_json
from seethrough.networks.names import DEFAULT

if TYPE_CHECKING:
    from seethrough.networks.layers import Layer


def layers(run: Run, net: Net = DEFAULT, weights: Weights = None, json: Json = False, trust: Trust = False) -> None:
    """List a network's layers: shapes, units, parameters, neurons and what part of the image a unit sees."""
    network = run.network(net, weights, trust)
    listed = list(network.layers.values())
    if json:
        print_json({"net": network.name, "layers": [asdict(layer) for layer in listed], "totals": network.totals()})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1), title=network.name, title_justify="left")
    for heading in ("layer", "kind"):
        table.add_column(heading, overflow="fold")
    for heading in ("input", "output", "units", "parameters", "neurons", "sees (px)"):
        table.add_column(heading, justify="right", no_wrap=True)
    for layer in listed:
        numbers = (layer.units, layer.parameters, layer.neurons)
        table.add_row(
            layer.name,
            layer.kind,
            _shape(layer.input_shape),
            _shape(layer.shape),
            *(f"{number:,}" if number else "" for number in numbers),
            _field(layer),
        )
    answer().print(table)
    for family, counts in network.totals().items():
        answer().print(f"  {family:<16} {counts['parameters']:>14,} parameters {counts['neurons']:>12,} neurons")


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _field(layer: "Layer") -> str:
    """Say what a unit sees, in pixels: a side, or height x width, and the step from one unit to the next."""
    if layer.field is None:
        return "-"
    size, stride = layer.field.size, layer.field.stride
    if stride == (0, 0):
        return "all"
    sides = str(size[0]) if size[0] == size[1] else f"{size[0]} x {size[1]}"
    steps = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]} x {stride[1]}"
    return f"{sides} / {steps}"
