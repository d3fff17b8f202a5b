"""Can another network name what the bundled one dreams? 50 class dreams, judged by SqueezeNet.

.venv/bin/python bench/bench_dream_named.py [recipe ...]

Every twentieth class of ImageNet, in batches of 8; the share of dreams whose class is among the judge's top 5. The judge's
weights lie in the shared test data (SEETHROUGH_SHARED, or ../shared beside the checkout). With --sheets DIR the dreams are
kept as contact sheets.
"""

import argparse
import os
import time
from pathlib import Path

import torch

import seethrough
from seethrough import dream

CLASSES = list(range(0, 1000, 20))
BATCH = 8
SHARED = Path(os.environ.get("SEETHROUGH_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def main() -> None:
    """Dream, and ask the judge."""
    asked = argparse.ArgumentParser()
    asked.add_argument("recipes", nargs="*", default=["simonyan", "lucid", "painted"])
    asked.add_argument("--sheets", type=Path)
    options = asked.parse_args()
    weights = SHARED / "weights" / "squeezenet1_0.safetensors"
    if not weights.exists():
        print(f"skipped: the judge's weights are not at {weights}")
        return
    network = seethrough.load(device="cpu")
    judge = seethrough.load("torchvision:squeezenet1_0", weights=weights, device="cpu")
    print(
        f"{network.name}, {torch.get_num_threads()} threads, {len(CLASSES)} classes in batches of {BATCH}", flush=True
    )
    for recipe in options.recipes:
        named = first = 0
        images = []
        spent = 0.0
        for start in range(0, len(CLASSES), BATCH):
            classes = torch.tensor(CLASSES[start : start + BATCH])
            began = time.perf_counter()
            dreamt = dream.class_(network, classes, recipe=recipe)
            spent += time.perf_counter() - began
            with torch.no_grad():
                scores = judge(judge.frame(dreamt.images))
            better = (scores > scores.gather(1, classes[:, None])).sum(1)
            named, first = named + int((better < 5).sum()), first + int((better < 1).sum())
            images.append(dreamt.images)
        each = spent / len(CLASSES)
        print(
            f"{recipe}: {named} of {len(CLASSES)} in the judge's top 5, {first} first; {each:.1f} s an image",
            flush=True,
        )
        if options.sheets:
            from seethrough.plots import grid_of_images

            seethrough.save_image(grid_of_images(torch.cat(images), 10), options.sheets / f"{recipe}.png")


if __name__ == "__main__":
    main()
