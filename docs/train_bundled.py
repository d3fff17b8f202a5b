"""Train the bundled networks anew, each by the command that its card tells, and put them where the package has them.

.venv/bin/python docs/train_bundled.py FOLDER [NAME...]

FOLDER is where the trainings leave their runs; it holds `cifar10/` with train.npz and test.npz (docs/data.md says of which
form). MNIST lies under SEETHROUGH_DATA. What was stopped goes on, what is done is not done again.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import seethrough

BUNDLED = Path(seethrough.__file__).parent / "networks" / "bundled"
SEETHROUGH = Path(sys.executable).with_name("seethrough")
JPEG = "CIFAR-10 (Krizhevsky 2009), its images re-encoded as JPEG of quality about 75"
MNIST = "MNIST (LeCun et al. 1998)"
DIGITS = ("--epochs", "20", "--augment", "bend", "--validation", "0", "--store", "float8")
SMALL = ("--epochs", "8", "--augment", "mirror,crop", "--validation", "0", "--store", "float16")
RECIPES: dict[str, tuple[str, ...]] = {
    "mnist-cnn": ("mnist", "--arch", "digits-cnn", *DIGITS, "--about", MNIST),
    "mnist-cnn-bn": ("mnist", "--arch", "digits-cnn-bn", *DIGITS, "--about", MNIST),
    "mnist-cnn-robust": (
        *("mnist", "--arch", "digits-cnn", "--epochs", "12", "--validation", "0", "--decay", "0", "--about", MNIST),
        *("--against", "pgd", "--eps", "0.3", "--attacked", "10000", "--store", "float16"),
    ),
    "cifar10-cnn": ("cifar10/", "--arch", "cifar-cnn", *SMALL, "--about", JPEG),
    "cifar10-cnn-bn": ("cifar10/", "--arch", "cifar-cnn-bn", *SMALL, "--about", JPEG),
    "cifar10-best": (
        *("cifar10/", "--arch", "cifar-best", "--epochs", "45", "--validation", "0", "--about", JPEG),
        *(
            "--optimiser",
            "sgd",
            "--rate",
            "0.1",
            "--smoothing",
            "0.1",
            "--augment",
            "crop",
            "--mix",
            "0.5",
            "--store",
            "float16",
        ),
    ),
}


def main(folder: Path, names: list[str]) -> None:
    """Train each network, unless it is done, and copy its weights and card into the package."""
    for name in names or list(RECIPES):
        run = folder / name
        if not (run / "card.json").is_file() or (run / "checkpoint.safetensors").is_file():
            # Named from inside the folder, so that the card tells no path of this machine.
            command = [str(SEETHROUGH), "train", *RECIPES[name], "--precision", "bfloat16", "--out", name]
            going_on = ["--resume"] if (run / "checkpoint.safetensors").is_file() else []
            sys.stdout.write(f"== {name}: {' '.join(command[1:])}\n")
            sys.stdout.flush()
            subprocess.run([*command, *going_on], cwd=folder, check=True, env=dict(os.environ))
        card = json.loads((run / "card.json").read_text(encoding="utf-8"))
        card = {"name": name, **{field: value for field, value in card.items() if field != "name"}}
        (BUNDLED / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        shutil.copyfile(run / "weights.safetensors", BUNDLED / f"{name}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
