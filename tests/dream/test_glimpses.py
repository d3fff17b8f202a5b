import torch

from seethrough.ascent.canvas import pixels
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import plain
from seethrough.ascent.wish import Wish
from seethrough.dream.glimpses import shown_as
from seethrough.jobs import run
from tests.nets import random_photos, small_cnn

BRIGHT = Wish(lambda reading: reading.images.sum((1, 2, 3)))


def test_steps_show_the_images_finished_and_all_else_stays_as_it_is() -> None:
    photos, seen = random_photos(2), []
    loop = ascend.job(small_cnn(), pixels(photos), BRIGHT, stride=plain(0.01), steps=4)
    found = run(shown_as(loop, lambda images: images.flip(-1)), lambda step: seen.append((step, step.peek())))  # type: ignore[misc]
    expected = ascend(small_cnn(), pixels(photos), BRIGHT, stride=plain(0.01), steps=4)
    assert torch.equal(found.images, expected.images)
    assert [step.done for step, _ in seen] == [1, 2, 3, 4] and seen[0][0].values.keys() == {"wish"}
    torch.testing.assert_close(seen[0][1].images, (photos + 0.01).flip(-1))
    assert torch.equal(seen[-1][1].values, expected.trace[:, -1])


def test_a_loop_can_be_stopped_through_it() -> None:
    loop = ascend.job(small_cnn(), pixels(random_photos(1)), BRIGHT, stride=plain(0.01), steps=9)
    assert run(shown_as(loop, lambda images: images), lambda step: step.done == 3).trace.shape == (1, 3)
