"""Grad-CAM at the last map, beside captum and pytorch-grad-cam."""

import torch
from captum.attr import LayerGradCam
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor

from given import Given
from jobs.shape import OURS, Pair, alike
from seethrough import see

LAYERS = {"bundled": "bn2", "squeezenet1_0": "features", "resnet18": "layer4", "vgg11": "features"}


def grad_cam(given: Given) -> Pair:
    """Map a batch of photos; pytorch-grad-cam enlarges its maps, so the check is against captum's."""
    pixels = given.photos(given.size.photos)
    classes = given.network.classes_for(pixels)
    name = LAYERS[given.name]
    layer = given.network.module.get_submodule(name)
    captum = LayerGradCam(given.plain, layer)
    targets = [ClassifierOutputTarget(number) for number in classes.tolist()]

    def by_grad_cam() -> Tensor:
        # As its documents do: whatever it has hung into the network is taken away afterwards.
        with GradCAM(given.plain, [layer]) as cam:
            return torch.from_numpy(cam(pixels, targets))

    ways = {
        OURS: lambda: see.grad_cam(given.network, pixels, classes, layer=name).grid,
        "captum": lambda: captum.attribute(pixels, classes, relu_attributions=True)[:, 0].detach(),
        "pytorch-grad-cam": by_grad_cam,
    }
    return Pair(
        f"{len(pixels)} photos",
        ways,
        lambda found: alike(_stretched(found[OURS]), _stretched(found["captum"]), 0.01, "captum"),
        asked=given.asked({"captum": 1.0, "pytorch-grad-cam": 3.0}),
    )


def _stretched(maps: Tensor) -> Tensor:
    """Bring maps to [0, 1] each: methods scale them as they like."""
    flat = maps.flatten(1)
    low, high = flat.amin(1)[:, None, None], flat.amax(1)[:, None, None]
    return (maps - low) / (high - low).clamp_min(1e-12)
