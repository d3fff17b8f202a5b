"""Where in the picture a patch lies: the receptive field of a unit at a cell of its map."""

import torch
from torch import Tensor

from seethrough.networks.layers import Layer


def patch_places(layer: Layer, cells: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return the places (y, x) in a layer's map [U, k, 2] of cells [U, k] counted row by row, and the patches' boxes [U, k, 4].

    A box is (top, left, bottom, right) in pixels of the framed picture; where a field reaches beyond the border, so does it.
    Along a side on which the field is as large as the picture, or where the layer has no maps or no known field, it is the
    picture's whole. A layer without maps has -1 for a place.
    """
    whole = torch.tensor([0, 0, *size]).expand(*cells.shape, 4).clone()
    if not layer.spatial:
        return torch.full((*cells.shape, 2), -1), whole
    places = torch.stack([cells.div(layer.shape[2], rounding_mode="floor"), cells % layer.shape[2]], dim=2)
    field = layer.field
    for axis in (0, 1):
        if field is not None and field.stride[axis] and field.size[axis] < size[axis]:
            start = field.start[axis] + field.stride[axis] * places[..., axis]
            whole[..., axis], whole[..., axis + 2] = start, start + field.size[axis]
    # A cell of -1 stands for no picture.
    return places.where((cells >= 0)[..., None], -1), whole
