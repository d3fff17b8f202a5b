"""Forward images a second: the module called plainly (normalised by hand) against the Network around it.

Run: .venv/bin/python bench/bench_forward.py
"""

import torch

import seethrough
from timing import side_by_side


def main() -> None:
    network = seethrough.load(device="cpu")
    module = network.module.eval()
    print(f"{network.name}, {torch.get_num_threads()} threads")
    print(f"{'batch':>5} {'plain img/s':>12} {'network img/s':>14} {'network / plain':>16} {'largest difference':>19}")
    for batch in (1, 8, 16):
        pixels = torch.rand(batch, 3, 224, 224)

        def plain(pixels: torch.Tensor = pixels) -> torch.Tensor:
            with torch.inference_mode():
                return module((pixels - 0.5) / 0.5)

        def ours(pixels: torch.Tensor = pixels) -> torch.Tensor:
            with torch.inference_mode():
                return network(pixels)

        seconds = side_by_side({"plain": plain, "ours": ours}, repeats=15)
        rates = {name: batch / value for name, value in seconds.items()}
        difference = (plain() - ours()).abs().max().item()
        ratio = rates["ours"] / rates["plain"]
        print(f"{batch:>5} {rates['plain']:>12.1f} {rates['ours']:>14.1f} {ratio:>16.2f} {difference:>19.1e}")


if __name__ == "__main__":
    main()
