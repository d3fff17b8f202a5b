import pytest
import torch

from seethrough import see
from seethrough.errors import UserError
from tests.nets import random_photos, small_cnn


def test_a_gradient_takes_one_pass_for_a_few_images_and_asks_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(), random_photos(7)
    network(images), network.labels
    passes: list[int] = []
    plain = network._forward

    def counted(pixels: torch.Tensor, *rest: object) -> object:
        passes.append(len(pixels))
        return plain(pixels, *rest)

    monkeypatch.setattr(network, "_forward", counted)
    found = see.gradient(network, images)
    assert passes == [4, 3]
    classes = torch.tensor([target.index for target in found.targets])
    assert torch.equal(classes, network.classes_for(images))
    torch.testing.assert_close(found.raw, network.score_gradient(images, classes).cpu())


def test_what_does_not_fit_together_is_still_said() -> None:
    network, images = small_cnn(), random_photos(2)
    with pytest.raises(UserError, match="classes and unit are given"):
        see.gradient(network, images, 1, unit="conv1:2")
    with pytest.raises(UserError, match="score gives"):
        see.gradient(network, images, score=lambda output: output)
