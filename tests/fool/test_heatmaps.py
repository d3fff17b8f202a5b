from pathlib import Path

import torch

import seethrough
from seethrough import fool, see
from seethrough.fool.heatmaps import with_heatmaps
from tests.fool.calls import others
from tests.nets import random_photos, small_cnn


def test_both_readings_have_their_map_and_the_row_holds_five_pictures(tmp_path: Path) -> None:
    network, photos = small_cnn(), random_photos(2)
    plain = fool.pgd(network, photos, to=others(network, photos), eps=0.3, steps=5)
    found = with_heatmaps(network, plain)
    assert found.heatmaps is not None
    before, after = found.heatmaps
    assert [target.index for target in before.targets] == [guess.index for guess in found.before]
    assert [target.index for target in after.targets] == [guess.index for guess in found.after]
    expected = see.grad_cam(network, found.images, [guess.index for guess in found.after])
    torch.testing.assert_close(after.values, expected.values)
    assert torch.equal(found.images, plain.images) and found.line() == plain.line()
    titles = [panel.get_title() for panel in found.figure().axes if panel.get_title()]
    assert len(titles) == 10
    assert titles[3] == f"why {found.before[0].label}" and titles[4] == f"why {found.after[0].label}"
    found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(tmp_path / "found.safetensors") == found
