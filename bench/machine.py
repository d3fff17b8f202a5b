"""The machine: what it is, and how many products of numbers a second it makes at most.

Run: .venv/bin/python bench/machine.py [--device cuda]    (one line of JSON)
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

SIDES = {"cpu": 2048, "cuda": 8192}
"""The side of the matrices that are multiplied."""
REPEATS = 7


def matrix_rate(device: str, kind: str = "float32", repeats: int = REPEATS) -> float:
    """Return the FLOPs a second of a product of two large square matrices: the median of several."""
    side = SIDES[device]
    dtype = torch.bfloat16 if kind == "bfloat16" else torch.float32
    left, right = (torch.rand(side, side, device=device, dtype=dtype) for _ in range(2))
    with _tf32(kind == "tf32"):
        left @ right
        seconds = []
        for _ in range(repeats):
            settle(device)
            began = time.perf_counter()
            left @ right
            settle(device)
            seconds.append(time.perf_counter() - began)
    return 2 * side**3 / statistics.median(seconds)


def limit_rate(device: str, repeats: int = REPEATS) -> float:
    """Return the rate that convolutions are held against: on CUDA they use TF32 unless that is switched off."""
    kind = "tf32" if device == "cuda" and torch.backends.cudnn.allow_tf32 else "float32"
    return matrix_rate(device, kind, repeats)


def settle(device: str) -> None:
    """Wait until the device has done what it was asked."""
    if device == "cuda":
        torch.cuda.synchronize()


def described(device: str) -> dict[str, Any]:
    """Return what the machine is, by name."""
    chip = torch.cuda.get_device_name() if device == "cuda" else _processor()
    said = {"chip": chip, "threads": torch.get_num_threads(), "torch": torch.__version__}
    return said | {"in words": f"{chip}, {said['threads']} threads, torch {torch.__version__}"}


@contextmanager
def _tf32(wanted: bool) -> Iterator[None]:
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = wanted
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores"


def main() -> None:
    """Print what the machine is, and its rates."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--device", default="cpu", choices=SIDES)
    device = words.parse_args().device
    if device == "cuda" and not torch.cuda.is_available():
        print(json.dumps(None))
        return
    kinds = ("float32", "tf32", "bfloat16") if device == "cuda" else ("float32",)
    print(json.dumps(described(device) | {"side": SIDES[device], "rates": {k: matrix_rate(device, k) for k in kinds}}))


if __name__ == "__main__":
    main()
