from pathlib import Path

import pytest
import torch

import seethrough
from seethrough.errors import UserError
from seethrough.results.dreams import Dreams
from tests.plots.drawn import outside, overlapping
from tests.results.test_dream import dream


def dreams(*of: int) -> Dreams:
    sizes = ((40, 56), (24, 24), (60, 50))
    each = tuple(
        dream(count, size=size, channels=1 if count == 2 else 3) for count, size in zip(of, sizes, strict=False)
    )
    return Dreams(network="net, net", method="dream.compare", dreams=each)


def test_every_network_says_its_first_image_in_one_line() -> None:
    assert dreams(1, 2).line() == ("net: class 0 10, read as class 0 75.0 %; net: class 0 10, read as class 0 75.0 %")
    assert len(dreams(1, 2, 3)) == 3


def test_a_row_for_each_network_as_large_as_the_largest() -> None:
    found = dreams(3, 2)
    picture = found.picture()
    assert picture.shape == (3, 2 * 42 + 2, 3 * 58 + 2)
    assert torch.allclose(picture[:, 2:42, 2:58], found.dreams[0].images[0])
    assert (picture[:, 44:84, 118:174] == 1).all()  # the second has no third
    assert torch.equal(picture[0, 44:84, 2:58], picture[2, 44:84, 2:58])  # grey


def test_each_row_begins_with_the_networks_name() -> None:
    figure = dreams(3, 2).figure()
    figure.canvas.draw()
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.startswith("net\n") for title in titles] == [True, False, False, True, False]
    for found in (dreams(1), dreams(3, 2, 1)):
        assert not overlapping(found.figure()) and not outside(found.figure())


def test_none_is_refused() -> None:
    with pytest.raises(UserError, match="dreams: none given"):
        Dreams(network="", method="dream.compare", dreams=())


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    found = dreams(3, 2)
    assert seethrough.load_result(found.save(tmp_path / "dreams.safetensors")) == found
    assert found.save(tmp_path / "dreams.png").stat().st_size > 3000
