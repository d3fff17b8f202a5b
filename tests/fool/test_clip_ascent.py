import pytest
import torch
from torch import Tensor

from seethrough import fool
from seethrough.errors import UserError
from tests.fool.calls import exact_cnn, exact_photos, straight_network
from tests.nets import random_photos


def slopes(network: object, photos: Tensor, goals: list[int], form: str) -> Tensor:
    """Return by autograd which way is up for a form of the wish, at the photos."""
    pixels = photos.clone().requires_grad_()
    scores = network(pixels)  # type: ignore[operator]
    of = {"probability": scores.softmax(1), "logit": scores, "penalised": scores.log_softmax(1)}[form]
    (slope,) = torch.autograd.grad(of[torch.arange(len(goals)), goals].sum(), pixels)
    return slope


@pytest.mark.parametrize("form", ["probability", "logit", "penalised"])
def test_a_step_is_the_slope_times_the_rate(form: str) -> None:
    network, photos = exact_cnn(), exact_photos(2)
    goals = network(photos).argmin(1).tolist()
    work = fool.clip_ascent.job(network, photos, to=goals, on=form, eps=1, rate=0.7, steps=1)
    step = next(work)
    work.close()
    assert step.peek is not None
    expected = photos + 0.7 * slopes(network, photos, goals, form)
    torch.testing.assert_close(step.peek().images, expected, rtol=0, atol=1e-12)


def test_what_goes_too_far_is_cut_to_eps_and_the_penalised_form_is_not() -> None:
    network, photos = exact_cnn(), exact_photos(1)
    goals = network(photos).argmin(1).tolist()
    eps = 0.3 * float(slopes(network, photos, goals, "logit").abs().max())
    cut = fool.clip_ascent(network, photos, to=goals, on="logit", eps=eps, rate=1.0, steps=1, until="never")
    expected = photos + slopes(network, photos, goals, "logit").clamp(-eps, eps)
    torch.testing.assert_close(cut.images, expected, rtol=0, atol=1e-6)
    free = fool.clip_ascent(network, photos, to=goals, on="penalised", eps=eps, rate=100.0, steps=3, until="never")
    assert float(free.linf) > eps


def test_the_penalty_pulls_back_the_pixel_that_went_farthest() -> None:
    network, photos = straight_network(), random_photos(1, size=(20, 28))
    goals = network(photos).argmin(1).tolist()
    light, heavy = (fool.clip_ascent(network, photos, to=goals, on="penalised", weight=weight) for weight in (0.0, 2.0))
    assert light.success.all() and (heavy.linf < light.linf).all()


def test_where_the_probability_is_tiny_its_slope_vanishes_and_the_logits_does_not() -> None:
    network, photos = straight_network(sharp=2.0), random_photos(2, size=(20, 28))
    goals = network(photos).argmin(1).tolist()
    found = fool.clip_ascent(network, photos, to=goals, on="probability, logit", eps=0.2, steps=60)
    assert len(found) == 4
    assert found.goals == tuple(f"read as class {goal}" for goal in goals for _ in range(2))
    assert found.ways == ("probability", "logit") and found.by(3) == "by logit"
    assert found.success.tolist() == [False, True, False, True]
    assert found.linf[::2].max() < 1e-4 and (found.linf[1::2] > 0.01).all()
    assert torch.equal(found.originals[0], found.originals[1])


def test_forms_side_by_side_are_as_each_alone() -> None:
    network, photos = exact_cnn(), exact_photos(2)
    goals = network(photos).argmin(1).tolist()
    together = fool.clip_ascent(network, photos, to=goals, on="logit,penalised", eps=["1/255", "2/255"], steps=4)
    for place, form in enumerate(("logit", "penalised")):
        alone = fool.clip_ascent(network, photos, to=goals, on=form, eps=["1/255", "2/255"], steps=4)
        torch.testing.assert_close(alone.images, together.images[place::2], rtol=0, atol=1e-12)
        assert torch.equal(alone.gradients, together.gradients[place::2])
    settled = fool.clip_ascent(network, photos, to=goals, on="logit,penalised", eps="1/255", eight_bit=True, steps=4)
    assert (settled.linf[::2] <= 1 / 255 * (1 + 1e-6)).all()


def test_classes_are_named_once_for_all_or_for_each_photo() -> None:
    network, photos = straight_network(), random_photos(2, size=(20, 28))
    both = "logit,probability"
    expected = fool.clip_ascent(network, photos, to=[3, 3], on=both, steps=2)
    for to in (3, "class 3", [3], torch.tensor([3, 3])):
        assert torch.equal(fool.clip_ascent(network, photos, to=to, on=both, steps=2).images, expected.images)
    assert fool.clip_ascent(network, photos, to=[3, 4], on=both, steps=2).settings["classes"] == [3, 3, 4, 4]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"on": "odds"}, "on is 'odds'; it takes probability, logit, penalised"), ({"rate": 0.0}, "rate is 0.0")],
)
def test_wrong_settings_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fool.clip_ascent(straight_network(), random_photos(1, size=(20, 28)), **settings)  # type: ignore[arg-type]
