"""Explanations beside captum and pytorch-grad-cam: the same network, photos and numbers, interleaved in one process.

Run: .venv/bin/python bench/bench_see.py
"""

import gc
import subprocess
import sys
from pathlib import Path

import torch
from captum.attr import IntegratedGradients, LayerGradCam, NoiseTunnel, Saliency
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

import seethrough
from seethrough import see
from timing import side_by_side

SAMPLES = 50
PHOTOS = ("cat", "coffee", "rocket", "moped")


class Normalised(nn.Module):
    """The bundled network as a plain module that takes pixels, for the peers."""

    def __init__(self, module: nn.Module) -> None:
        """Keep the module."""
        super().__init__()
        self.module = module

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalise, then score."""
        return self.module((pixels - 0.5) / 0.5)


def stretched(maps: Tensor) -> Tensor:
    """Bring maps to [0, 1] each, as pytorch-grad-cam returns them."""
    flat = maps.flatten(1)
    low, high = flat.amin(1)[:, None, None], flat.amax(1)[:, None, None]
    return (maps - low) / (high - low).clamp_min(1e-12)


def report(job: str, seconds: dict[str, float], note: str) -> None:
    """Print how many times faster the product is than each peer."""
    ours = seconds["seethrough"]
    ratios = ", ".join(
        f"{name} / seethrough {value / ours:.2f}" for name, value in seconds.items() if name != "seethrough"
    )
    print(f"{job}: {ours:.2f} s; {ratios}; {note}", flush=True)


def grad_cam(network: seethrough.Network, plain: nn.Module) -> None:
    """Grad-CAM of 16 photos at the last map."""
    pixels = network.frame([seethrough.photo(PHOTOS[k % 4]) for k in range(16)])
    classes = network.classes_for(pixels)
    layer = plain.module.bn2
    captum, other = LayerGradCam(plain, layer), GradCAM(plain, [layer])
    targets = [ClassifierOutputTarget(k) for k in classes.tolist()]
    ways = {
        "seethrough": lambda: see.grad_cam(network, pixels, classes).grid,
        "captum": lambda: captum.attribute(pixels, classes, relu_attributions=True)[:, 0].detach(),
        "pytorch-grad-cam": lambda: torch.from_numpy(other(pixels, targets)),
    }
    grids = {name: way() for name, way in ways.items()}
    difference = (stretched(grids["seethrough"]) - stretched(grids["captum"])).abs().max()
    note = f"largest difference from captum {difference:.1e} of the range"
    report("Grad-CAM, 16 photos", side_by_side(ways), note)


def smooth_grad(network: seethrough.Network, plain: nn.Module) -> None:
    """SmoothGrad of one photo: the peer at the best of its batch sizes."""
    pixels = network.frame(seethrough.photo("coffee"))
    classes = network.classes_for(pixels)
    tunnel = NoiseTunnel(Saliency(plain))
    noise = 0.15 * float(pixels.max() - pixels.min())

    def peer(batch: int) -> Tensor:
        samples = {"nt_samples": SAMPLES, "nt_samples_batch_size": batch, "stdevs": noise}
        return tunnel.attribute(pixels, nt_type="smoothgrad", target=classes, abs=False, **samples)

    tried = side_by_side({str(batch): lambda batch=batch: peer(batch) for batch in (1, 5, 10, 25, 50)}, repeats=1)
    best = int(min(tried, key=tried.get))
    ways = {
        "seethrough": lambda: see.smooth_grad(network, pixels, classes, samples=SAMPLES).raw,
        "captum": lambda: peer(best),
    }
    found = {name: way().detach().flatten() for name, way in ways.items()}
    alike = torch.corrcoef(torch.stack(list(found.values())))[0, 1]
    note = f"captum at its best batch {best}; correlation of two draws of noise {alike:.2f}"
    report(f"SmoothGrad, {SAMPLES} samples", side_by_side(ways, 5), note)


def integrated(network: seethrough.Network, plain: nn.Module) -> None:
    """Integrated gradients of one photo: the peer at the best of its batch sizes."""
    pixels = network.frame(seethrough.photo("coffee"))
    classes = network.classes_for(pixels)
    captum = IntegratedGradients(plain)

    def peer(batch: int) -> Tensor:
        return captum.attribute(pixels, 0, classes, n_steps=SAMPLES, internal_batch_size=batch)

    tried = side_by_side({str(batch): lambda batch=batch: peer(batch) for batch in (1, 5, 10, 25, 50)}, repeats=1)
    best = int(min(tried, key=tried.get))
    ways = {
        "seethrough": lambda: see.integrated_gradients(network, pixels, classes, steps=SAMPLES).raw,
        "captum": lambda: peer(best),
    }
    ours, theirs = (ways[name]().detach() for name in ways)
    difference = float((ours - theirs).abs().max() / theirs.abs().max())
    note = f"captum at its best batch {best}; largest difference {difference:.1e} of the range"
    report(f"integrated gradients, {SAMPLES} points", side_by_side(ways, 5), note)


def peak_memory() -> float:
    """Return the most memory this process has held so far, in MB (resource.getrusage would count its parent's too)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def score_cam_memory() -> None:
    """Score-CAM's peak memory, beside that of the process before it: in a process of its own."""
    network = seethrough.load(device="cpu")
    pixels = network.frame(seethrough.photo("coffee"))
    network.classify(pixels)
    gc.collect()
    before = peak_memory()
    see.score_cam(network, pixels)
    after = peak_memory()
    print(
        f"Score-CAM, 1 photo, 1,280 maps: peak {after:.0f} MB in all, {after - before:.0f} MB above the loaded network"
    )


def main() -> None:
    """Run all jobs."""
    if sys.argv[1:] == ["score-cam-memory"]:
        score_cam_memory()
        return
    network = seethrough.load(device="cpu")
    plain = Normalised(network.module.eval())
    print(
        f"{network.name}, {torch.get_num_threads()} threads; a ratio above 1 means that seethrough is faster",
        flush=True,
    )
    for job in (grad_cam, smooth_grad, integrated):
        job(network, plain)
    subprocess.run([sys.executable, __file__, "score-cam-memory"], check=True)


if __name__ == "__main__":
    main()
