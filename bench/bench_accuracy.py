"""Top-1 and top-5 on the ImageNet sample photos (SEETHROUGH_SHARED, or ../shared beside the checkout).

Run: .venv/bin/python bench/bench_accuracy.py
"""

import csv
import os
import sys
import time
from pathlib import Path

import torch

import seethrough

SHARED = Path(os.environ.get("SEETHROUGH_SHARED", Path(__file__).resolve().parents[2] / "shared"))
NETWORKS = {
    "efficientnet-lite0": None,
    "torchvision:squeezenet1_0": SHARED / "weights" / "squeezenet1_0.safetensors",
}
BATCH = 20


def main() -> None:
    folder = SHARED / "data" / "imagenet-1k-samples"
    if not folder.is_dir():
        sys.exit(f"skipped: no sample photos at {folder}")
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, weights in NETWORKS.items():
        network = seethrough.load(name, weights=weights, device="cpu")
        first, five, began = 0, 0, time.perf_counter()
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            pixels = torch.cat([network.frame(seethrough.photo(folder / f"{row['wnid']}.jpg")) for row in part])
            for row, guesses in zip(part, network.classify(pixels).rows, strict=True):
                found = [guess.index for guess in guesses]
                first += found[0] == int(row["index"])
                five += int(row["index"]) in found
        seconds = time.perf_counter() - began
        shares = f"top-1 {100 * first / len(rows):.1f} %, top-5 {100 * five / len(rows):.1f} %"
        print(f"{name}: {shares} of {len(rows)} photos ({len(rows) / seconds:.0f} photos/s, reading included)")


if __name__ == "__main__":
    main()
