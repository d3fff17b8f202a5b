"""Whether images are such that a network takes them."""

from torch import Tensor

from seethrough.errors import UserError


def check_images(images: Tensor, channels: int, name: str) -> None:
    """Raise the line that says what is wrong with images for the network of that name, if anything is."""
    if not isinstance(images, Tensor):
        raise UserError(f"images is a {type(images).__name__}; give a tensor [B, C, H, W], as network.frame returns")
    shape = tuple(images.shape)
    if images.ndim != 4:
        raise UserError(f"images has shape {shape}; it takes [B, C, H, W], as network.frame returns")
    if not images.is_floating_point():
        raise UserError(f"images holds {images.dtype}; it takes floats in [0, 1], as seethrough.photo returns")
    if shape[1] != channels:
        raise UserError(f"images has {shape[1]} channels; {name} takes {channels}")
    if 0 in shape:
        raise UserError(f"images has shape {shape}: it is empty")
    low, high = (value.item() for value in images.detach().aminmax())
    # A NaN makes both comparisons false. Rounding may leave a pixel a hair outside.
    if not (low >= -1e-4 and high <= 1 + 1e-4):
        raise UserError(
            f"images has values from {low:.4g} to {high:.4g}; pixels are in [0, 1] (normalising is done inside)"
        )
