import torch

from seethrough.networks.layers import Layer
from seethrough.networks.receptive import ReceptiveField
from seethrough.study.patch_places import patch_places


def layer(shape: tuple[int, ...], field: ReceptiveField | None) -> Layer:
    return Layer("conv", "Conv2d", (3, 40, 56), shape, shape[0], 0, 0, field, "convolutional")


def test_a_box_is_the_field_at_the_cell_also_beyond_the_border() -> None:
    field = ReceptiveField(size=(7, 9), stride=(2, 4), start=(-2, -3))
    places, boxes = patch_places(layer((6, 20, 14), field), torch.tensor([[0, 17, 279]]), (40, 56))
    assert places.tolist() == [[[0, 0], [1, 3], [19, 13]]]
    # Row 1 begins at -2 + 2, column 3 at -3 + 12.
    assert boxes.tolist() == [[[-2, -3, 5, 6], [0, 9, 7, 18], [36, 49, 43, 58]]]
    assert all(
        tuple(box) == field.box(*place) for box, place in zip(boxes[0].tolist(), places[0].tolist(), strict=True)
    )


def test_a_side_on_which_the_field_is_as_large_as_the_picture_is_whole() -> None:
    field = ReceptiveField(size=(5, 56), stride=(2, 4), start=(0, -20))
    _, boxes = patch_places(layer((6, 20, 14), field), torch.tensor([[15]]), (40, 56))
    assert boxes.tolist() == [[[2, 0, 7, 56]]]


def test_without_a_known_field_or_maps_it_is_the_whole_picture() -> None:
    cells = torch.tensor([[3, 0]])
    places, boxes = patch_places(layer((6, 4, 4), None), cells, (40, 56))
    assert places.tolist() == [[[0, 3], [0, 0]]] and boxes.tolist() == [[[0, 0, 40, 56]] * 2]
    whole = ReceptiveField((40, 56), (0, 0), (0, 0))
    places, boxes = patch_places(layer((6,), whole), cells, (40, 56))
    assert places.tolist() == [[[-1, -1]] * 2] and boxes.tolist() == [[[0, 0, 40, 56]] * 2]


def test_where_there_is_no_picture_there_is_no_place() -> None:
    field = ReceptiveField(size=(3, 3), stride=(1, 1), start=(-1, -1))
    assert patch_places(layer((6, 4, 4), field), torch.tensor([[-1]]), (40, 56))[0].tolist() == [[[-1, -1]]]
