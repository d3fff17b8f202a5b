import pytest
import torch
from torch import Tensor, nn

from seethrough.dream.own_size import at_own_size, resized, takes
from seethrough.errors import UserError
from seethrough.networks.network import Network
from tests.nets import linear_network, random_photos, small_cnn


def test_photos_stay_as_they_are_up_to_the_longest_side() -> None:
    photos = random_photos(1, size=(30, 45))[0], random_photos(1, size=(90, 60))[0]
    found = at_own_size(small_cnn(), photos, 60)
    assert [tuple(one.shape) for one in found] == [(1, 3, 30, 45), (1, 3, 60, 40)]
    assert torch.equal(found[0][0], photos[0])


def test_photos_come_in_the_colours_the_network_sees() -> None:
    grey, colour = random_photos(1, channels=1)[0], random_photos(1)[0]
    assert at_own_size(small_cnn(), grey, 60)[0].shape == (1, 3, 40, 56)
    seen = at_own_size(small_cnn(channels=1), colour, 60)[0]
    torch.testing.assert_close(seen[0, 0], 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


@pytest.mark.parametrize(
    ("photos", "longest", "said"),
    [
        ([], 60, "images: none given"),
        ([torch.rand(40, 56)], 60, r"\(40, 56\) is no photo"),
        ([torch.zeros(3, 40, 56, dtype=torch.uint8)], 60, "holds torch.uint8"),
        ([torch.rand(3, 40, 56) * 255], 60, r"pixels are in \[0, 1\]"),
        ([torch.rand(3, 40, 56)], 3, "size is 3; it takes 8"),
    ],
)
def test_what_is_no_photo_is_refused_in_one_line(photos: list[Tensor], longest: int, said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        at_own_size(small_cnn(), photos, longest)
    assert "\n" not in str(refused.value)


def test_a_network_of_convolutions_takes_any_size_and_one_of_fixed_rows_its_own() -> None:
    assert takes(small_cnn(), (33, 90), ["relu#2"])
    network, _, _ = linear_network()
    assert takes(network, (40, 56), ["1"]) and not takes(network, (41, 56), ["1"])
    assert takes(network, (41, 56), ["0"])  # what comes before the rows


def test_a_module_may_refuse_a_size_as_it_likes() -> None:
    class Picky(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            assert x.shape[-1] == 56
            return self.conv(x).mean((2, 3))

    assert not takes(Network(Picky(), size=(40, 56)), (40, 60), ["conv"])


def test_no_side_is_ever_without_a_pixel() -> None:
    assert resized((300, 451), 0.5) == (150, 226)
    assert resized((1, 400), 0.1) == (1, 40)
