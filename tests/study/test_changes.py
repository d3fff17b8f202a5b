import pytest
import torch

from seethrough.errors import UserError
from seethrough.study.changes import CHANGES, changes_named, enlarged


def test_changes_do_to_maps_what_they_do_to_pictures() -> None:
    picture = torch.arange(12.0).view(1, 1, 3, 4)
    assert CHANGES["mirror"](picture)[0, 0, 0].tolist() == [3, 2, 1, 0]
    assert CHANGES["flip"](picture)[0, 0, :, 0].tolist() == [8, 4, 0]
    assert CHANGES["rotate90"](picture)[0, 0, 0].tolist() == [8, 4, 0]
    assert torch.equal(CHANGES["rotate180"](picture), picture.flip(-1).flip(-2))
    torch.testing.assert_close(enlarged(picture, 1.0), picture)
    # A ramp enlarged about its middle has less of a slope.
    torch.testing.assert_close(enlarged(picture, 2.0)[0, 0, 1], torch.tensor([4.75, 5.25, 5.75, 6.25]))
    assert set(changes_named("mirror, scale", (40, 56))) == {"mirror", "scale"}
    with pytest.raises(UserError, match="change 'zoom' is not known"):
        changes_named("mirror,zoom", (40, 56))
    assert set(changes_named("rotate90", (32, 32))) == {"rotate90"}
