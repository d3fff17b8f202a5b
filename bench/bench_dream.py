"""Speed of dreams beside lucent 0.1.8, and their memory over many steps.

.venv/bin/python bench/bench_dream.py [job ...]

Each job is 64 steps of lucid's own recipe (Fourier canvas, decorrelated colours, Adam 0.05, its shifts, scales and turns) at
128 px, in a batch of 8, seen by the bundled network at its 224 px.
"""

import subprocess
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

import seethrough
from seethrough import dream
from seethrough.networks.network import Network
from timing import side_by_side

BATCH, STEPS, SIDE = 8, 64, 128
FIRST, SECOND, LATE, CLASS = "blocks.0.0:5", "blocks.1.0:5", "blocks.5.1:37", 967
LONG = 2000


def lucent_ways(network: Network) -> dict[str, object]:
    """The same three jobs in lucent; the two names its kornia must have are put back where they are missing."""
    import kornia
    from kornia.geometry import transform as moved

    for name in ("get_rotation_matrix2d", "warp_affine"):
        if not hasattr(kornia, name):
            setattr(kornia, name, getattr(moved, name))
    from lucent.optvis import objectives, param, render, transform

    class Plain(nn.Module):
        """The network as lucent wants it: a module of its own whose normalisation lies outside."""

        def __init__(self) -> None:
            super().__init__()
            for name, part in network.module.named_children():
                self.add_module(name, part)
            self.whole = [network.module]

        def forward(self, x: Tensor) -> Tensor:
            return self.whole[0](x)

    model = Plain().eval()
    transforms = [*transform.standard_transforms, lambda x: (x - 0.5) / 0.5]

    def job(objective: object) -> None:
        render.render_vis(
            model,
            objective,
            lambda: param.image(SIDE, batch=BATCH),
            optimizer=lambda numbers: torch.optim.Adam(numbers, lr=0.05),
            transforms=transforms,
            thresholds=(STEPS,),
            preprocess=False,
            progress=False,
            show_image=False,
            fixed_image_size=224,
        )

    def channel(unit: str) -> object:
        layer, _, index = unit.partition(":")
        return objectives.channel(layer.replace(".", "_"), int(index))

    return {
        "first block": lambda: job(channel(FIRST)),
        "second block": lambda: job(channel(SECOND)),
        "late block": lambda: job(channel(LATE)),
        "class": lambda: job(objectives.channel("classifier", CLASS)),
    }


def our_ways(network: Network) -> dict[str, object]:
    """The three jobs here."""
    recipe = {"recipe": "lucid", "size": SIDE, "steps": STEPS}
    return {
        "first block": lambda: dream.unit(network, [FIRST] * BATCH, **recipe),
        "second block": lambda: dream.unit(network, [SECOND] * BATCH, **recipe),
        "late block": lambda: dream.unit(network, [LATE] * BATCH, **recipe),
        "class": lambda: dream.class_(network, [CLASS] * BATCH, **recipe),
    }


def resident() -> float:
    """Return the memory this process holds now, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def memory() -> None:
    """The memory of a process on the way through many steps of one dream."""
    network = seethrough.load(device="cpu")
    seen: dict[int, float] = {}
    work = dream.class_.job(network, CLASS, recipe="lucid", size=SIDE, steps=LONG)
    seethrough.jobs.run(work, lambda step: seen.update({step.done: resident()}) if step.done % 200 == 0 else None)
    marks = sorted(seen)
    print(f"memory of a dream of {LONG} steps: " + ", ".join(f"{seen[at]:.0f} MB at {at}" for at in marks))
    print(f"growth from step {marks[0]} to {marks[-1]}: {seen[marks[-1]] - seen[marks[0]]:+.0f} MB")


def main() -> None:
    """Run all jobs."""
    if sys.argv[1:] == ["memory"]:
        memory()
        return
    warnings.simplefilter("ignore")
    network = seethrough.load(device="cpu")
    print(f"{network.name}, {torch.get_num_threads()} threads; a ratio above 1 means that seethrough is faster")
    ours, theirs = our_ways(network), lucent_ways(network)
    for name in sys.argv[1:] or ours:
        times = side_by_side({"seethrough": ours[name], "lucent": theirs[name]}, repeats=2)
        here, there = times["seethrough"] / BATCH, times["lucent"] / BATCH
        print(f"{name}: seethrough {here:.2f} s an image, lucent {there:.2f} s, ratio {there / here:.2f}", flush=True)
    if not sys.argv[1:]:
        subprocess.run([sys.executable, __file__, "memory"], check=True)


if __name__ == "__main__":
    main()
