import torch

from seethrough.results.contact_sheet import columns, contact_sheet


def test_one_image_is_itself_and_several_stand_side_by_side_as_near_to_a_square_as_can_be() -> None:
    assert [columns(count) for count in (1, 3, 4, 5, 9, 10, 100)] == [1, 3, 4, 3, 3, 4, 8]
    images = torch.rand(5, 3, 10, 12)
    assert torch.equal(contact_sheet(images[:1]), images[0])
    sheet = contact_sheet(images)
    assert sheet.shape == (3, 2 * 12 + 2, 3 * 14 + 2) and torch.equal(sheet[:, 14:24, 2:14], images[3])
