"""Features of a data set beside a plain torchvision loop: pictures a second, and memory.

The loop is what one writes without seethrough: torchvision's transforms on PIL images, a DataLoader, and timm's own
`forward_features` and `forward_head` without gradients; the better of no worker and two. Memory is the most that a process of
its own ever takes to stream features of 200 and of 1000 pictures to disk. The features differ a little: pictures are resized
in floats here, and one that has the network's size already passes as it is.

Run: .venv/bin/python bench/bench_study_features.py [FOLDER [PICTURES]]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision import transforms

import seethrough
from many import photos
from seethrough import study
from seethrough.datasets.dataset import Dataset
from timing import side_by_side

BATCH = 16
MEMORY = """
import sys
count, folder = int(sys.argv.pop()), sys.argv.pop()
from many import peak, photos
import seethrough
from seethrough import study
print(len(study.features(seethrough.load(), photos(count), folder=folder)), round(peak()))
"""


class Plain(TorchDataset[Tensor]):
    """Photos as torchvision reads them."""

    def __init__(self, paths: list[Path]) -> None:
        """Keep the files, and say what becomes of each."""
        self.paths = paths
        self.change = transforms.Compose(
            [
                transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize([0.5] * 3, [0.5] * 3),
            ]
        )

    def __len__(self) -> int:
        """Count the files."""
        return len(self.paths)

    def __getitem__(self, place: int) -> Tensor:
        """Read one."""
        with Image.open(self.paths[place]) as image:
            changed: Tensor = self.change(image.convert("RGB"))
        return changed


def plain(module: torch.nn.Module, paths: list[Path], workers: int) -> Tensor:
    """Read the features in a plain loop."""
    loader = DataLoader(Plain(paths), batch_size=BATCH, num_workers=workers)
    with torch.no_grad():
        return torch.cat([module.forward_head(module.forward_features(batch), pre_logits=True) for batch in loader])


def speed(network: seethrough.Network, data: Dataset) -> None:
    """Print pictures a second of each way, and the ratio to the best plain one."""
    network.module.eval()
    paths = list(data.files)
    ways = {
        "seethrough": lambda: study.features(network, data, batch=BATCH).values,
        "plain, no worker": lambda: plain(network.module, paths, 0),
        "plain, 2 workers": lambda: plain(network.module, paths, 2),
    }
    ours, theirs = ways["seethrough"](), ways["plain, no worker"]()
    far = 1 - torch.cosine_similarity(ours, theirs)
    print(
        f"the same features but for the frame: cosine distance {float(far.median()):.4f} median, {float(far.max()):.4f} at most"
    )
    seconds = side_by_side(ways, repeats=3)
    best = min(found for name, found in seconds.items() if name != "seethrough")
    for name, found in seconds.items():
        print(f"{name:20}{len(paths) / found:>8.1f} images/s{best / found:>8.2f}")


def memory() -> None:
    """Print the most memory that 200 and 1000 pictures take."""
    for count in (200, 1000):
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run(
                [sys.executable, "-c", MEMORY, *sys.argv[1:2], f"{out}/features", str(count)],
                capture_output=True,
                text=True,
                check=True,
                cwd=Path(__file__).parent,
            )
        pictures, most = done.stdout.split()
        print(f"{pictures:>6} pictures: {most} MB at most")


if __name__ == "__main__":
    network = seethrough.load(device="cpu")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 320
    print(f"{network.name}, {count} pictures, {torch.get_num_threads()} threads, torch {torch.__version__}")
    speed(network, photos(count))
    memory()
