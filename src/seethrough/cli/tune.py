"""`seethrough tune`: how a network is quickest on this machine."""

from seethrough.cli.command import Json, Net, Run, Trust, Weights, answer, print_json
from seethrough.networks.names import DEFAULT


def tune(
    run: Run,
    net: Net = DEFAULT,
    weights: Weights = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Measure how a network is quickest on this machine, by gradients of a class, and remember it.

    How many images go through in a pass, and in which order their channels lie, is measured by itself once, when work begins
    that does not say; here it is measured anew. Threads, bfloat16 and torch.compile (with --compile, a minute or more) are
    only told: they are taken when asked for.
    """
    network = run.network(net, weights, trust)
    from seethrough.networks import tune as tuning

    network.precision, network.compiled = "float32", False
    found = tuning.tuned(network, anew=True)
    chosen = tuning.named(found.at_once, found.channels_last)
    told = dict(tuning.others(network, compiled=run.compiled))
    if json:
        rates = {"taken": dict(found.rates), "when asked for": told}
        print_json({"net": network.name, "batch": found.at_once, "channels_last": found.channels_last, **rates})
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1))
    table.add_column("way")
    table.add_column("gradients/s", justify="right")
    table.add_column("")
    for way, rate in found.rates:
        table.add_row(way, f"{rate:.1f}", "taken" if way == chosen else "")
    for way, rate in told.items():
        table.add_row(way, f"{rate:.1f}", "")
    answer().print(table)
    if not found.rates:
        run.remark(f"{chosen}: a pass takes long here, and nothing else was tried")
