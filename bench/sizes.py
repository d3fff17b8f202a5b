"""How much of each job is done with each network: on two cores the whole bench is to end in an hour or two."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Size:
    """How many photos, steps and samples."""

    photos: int
    """Whose gradients and class activation maps are taken."""
    samples: int
    """Of SmoothGrad and integrated gradients."""
    block: int
    stride: int
    """Of occlusion: 32 and 8 are 625 places of a photo of 224 pixels."""
    attacked: int
    """Photos that are attacked."""
    pgd_steps: int
    deepfool_steps: int
    nearest: int
    """Photos whose nearest misread image is looked for: five ways of a hundred gradients each take long."""
    nearest_steps: int
    dreams: int
    dream_steps: int
    read: int
    """Photos of a data set whose features and patches are read."""


FULL = Size(16, 50, 32, 8, 16, 40, 50, 16, 100, 8, 64, 320)
QUICK = Size(1, 2, 56, 56, 1, 2, 1, 1, 2, 1, 2, 4)
SIZES = {
    "bundled": replace(FULL, nearest=8),
    "squeezenet1_0": Size(16, 50, 32, 8, 8, 10, 10, 0, 0, 0, 0, 128),
    "resnet18": Size(8, 20, 32, 8, 4, 10, 10, 2, 20, 4, 16, 64),
    "vgg11": Size(4, 10, 32, 8, 2, 10, 5, 0, 0, 0, 0, 32),
}


def size_of(network: str, device: str, quick: bool) -> Size:
    """Return the sizes for a network; a CUDA device does all in full."""
    if quick:
        return QUICK
    return SIZES[network] if device == "cpu" else FULL
