"""Whether memory grows with the work: Score-CAM's maps, the steps of a dream, the photos whose features are read.

Run: .venv/bin/python bench/bench_memory.py [score-cam] [dream] [features] [--quick]

Each part runs in a process of its own (features in one for each number of photos).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import seethrough
from many import many_photos
from measure import status, watched
from seethrough import dream, see, study
from seethrough.jobs import Step, run

CLASS, SIDE, MARKS = 967, 128, 10


def score_cam(quick: bool) -> None:
    """Score-CAM of one photo: a pass for each of the maps of its layer."""
    network = seethrough.load(device="cpu")
    pixels = network.frame(seethrough.photo("coffee"))
    network.classify(pixels)
    layer = "blocks.0.0" if quick else None
    taken = watched(lambda: see.score_cam(network, pixels, layer=layer), "cpu").memory
    above = "not known here" if taken is None else f"{taken:.0f} MB above the loaded network"
    print(f"Score-CAM, 1 photo: {status('VmHWM'):.0f} MB at most, {above}")


def long_dream(quick: bool) -> None:
    """One dream of many steps."""
    steps = 20 if quick else 2000
    network = seethrough.load(device="cpu")
    seen: dict[int, float] = {}

    def look(step: Step) -> None:
        if step.done % (steps // MARKS) == 0:
            seen[step.done] = status("VmRSS")

    run(dream.class_.job(network, CLASS, recipe="lucid", size=SIDE, steps=steps), look)
    marks = sorted(seen)
    print(f"a dream of {steps} steps: " + ", ".join(f"{seen[at]:.0f} MB at {at}" for at in marks))
    print(f"growth from step {marks[0]} to {marks[-1]}: {seen[marks[-1]] - seen[marks[0]]:+.0f} MB")


def features(quick: bool) -> None:
    """Features of a few hundred and of many photos, written to disk as they come."""
    for count in (4, 20) if quick else (200, 1000):
        subprocess.run([sys.executable, __file__, "features", "--photos", str(count)], check=True)


def features_of(count: int) -> None:
    """Features of so many photos, in this process."""
    with tempfile.TemporaryDirectory() as out:
        found = study.features(seethrough.load(device="cpu"), many_photos(count), folder=Path(out) / "features")
    print(f"features of {len(found)} photos: {status('VmHWM'):.0f} MB at most")


PARTS = {"score-cam": score_cam, "dream": long_dream, "features": features}


def main() -> None:
    """Run the parts that are named, or all."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    words.add_argument("--quick", action="store_true")
    words.add_argument("--photos", type=int, help=argparse.SUPPRESS)
    asked = words.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        words.error(f"there is no part {', '.join(unknown)}; there is: {', '.join(PARTS)}")
    if asked.photos:
        features_of(asked.photos)
    elif len(asked.parts) == 1:
        PARTS[asked.parts[0]](asked.quick)
    else:
        for part in asked.parts or PARTS:
            subprocess.run([sys.executable, __file__, part, *(["--quick"] if asked.quick else [])], check=True)


if __name__ == "__main__":
    main()
