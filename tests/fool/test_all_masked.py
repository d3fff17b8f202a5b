"""What holds for every attack that is told where pixels may change."""

from typing import Any

import pytest
import torch
from torch import Tensor

from seethrough import fool
from seethrough.errors import UserError
from seethrough.tables import Method
from tests.fool.calls import (
    BOUNDED,
    GOALS,
    assert_as_said,
    boundaries,
    counted,
    every_goal,
    exact_cnn,
    exact_photos,
    fool_by,
    free_of,
    has,
    masks_of_each,
    named,
    others,
    straight_network,
)
from tests.nets import random_photos, small_cnn

in_every_norm = pytest.mark.parametrize(
    ("method", "norm"),
    [
        pytest.param(method, norm, id=f"{method.name}-{norm}")
        for method in GOALS
        for norm in (("linf", "l2") if has(method, "norm") else (None,))
    ],
)


def chosen(method: Method, norm: str | None, **named: Any) -> dict[str, Any]:
    """Return settings with which an attack has to go some way."""
    settings = named | ({} if norm is None else {"norm": norm})
    if has(method, "eps"):
        settings |= {"eps": 0.1 if norm != "l2" else 2.0}
    if method.name == "clip_ascent":
        # At its usual weight the distance costs more than such photos can gain.
        settings |= {"on": "probability,logit,penalised", "weight": 0.01}
    return settings


def test_every_attack_with_a_goal_takes_a_mask() -> None:
    assert len(GOALS) == 11 and all("mask" in method.needs for method in GOALS)


@in_every_norm
@pytest.mark.parametrize("eight_bit", [False, True])
def test_pixels_outside_come_back_bit_for_bit_and_some_inside_move(
    method: Method, norm: str | None, eight_bit: bool
) -> None:
    network, masks = small_cnn(), masks_of_each()
    # Much black and white: where rounding and the ends of [0, 1] meet.
    images = ((random_photos(3) - 0.5) * 2 + 0.5).clamp(0, 1)
    goals = others(network, images)
    found = fool_by(method, network, images, goals, mask=masks, **chosen(method, norm, eight_bit=eight_bit))
    many = len(found) // 3
    before, free = images.repeat_interleave(many, 0), free_of(masks, images).repeat_interleave(many, 0)
    if eight_bit:
        before = (before * 255).round() / 255
    assert torch.equal(found.originals, before)
    assert torch.equal(found.images[~free], before[~free])
    assert ((found.images != before).flatten(1).any(1)).all()
    assert_as_said(network, found, [goal for goal in goals for _ in range(many)], toward=True)
    assert found.settings["mask"] == pytest.approx(float((masks >= 0.5).double().mean()))
    if eight_bit:
        levels = found.images * 255
        assert (levels - levels.round()).abs().max() < 1e-4
    again = fool_by(method, network, images, goals, mask=masks, **chosen(method, norm, eight_bit=eight_bit))
    assert torch.equal(again.images, found.images) and torch.equal(again.queries, found.queries)


@in_every_norm
def test_a_mask_that_lets_everything_change_is_none(method: Method, norm: str | None) -> None:
    network, images = small_cnn(), random_photos(2)
    goals, settings = others(network, images), chosen(method, norm)
    free, found = (
        fool_by(method, network, images, goals, mask=mask, **settings) for mask in (None, torch.ones(40, 56))
    )
    for name in ("images", "gradients", "queries"):
        assert torch.equal(getattr(found, name), getattr(free, name)), name
    assert "mask" not in free.settings and found.settings["mask"] == 1.0


@in_every_norm
@pytest.mark.parametrize("eight_bit", [False, True])
def test_a_mask_that_lets_nothing_change_ends_at_once_and_says_so(
    method: Method, norm: str | None, eight_bit: bool
) -> None:
    network, counter = counted()
    images = random_photos(2)
    goals = others(network, images)
    counter.images = counter.slopes = 0
    found = fool_by(
        method, network, images, goals, mask=torch.zeros(40, 56), **chosen(method, norm, eight_bit=eight_bit)
    )
    assert torch.equal(found.images, found.originals) and not found.success.any()
    assert counter.slopes == 0 and not found.gradients.any() and not found.steps.any()
    assert found.settings["mask"] == 0.0 and "NOT" in found.line() and "nan" not in found.line()


@every_goal
def test_an_image_that_may_not_change_leaves_the_others_alone(method: Method) -> None:
    network, images = exact_cnn(), exact_photos(2)
    goals, masks = others(network, images), torch.ones(2, 40, 56, dtype=torch.bool)
    masks[1] = False
    found = fool_by(method, network, images, goals, mask=masks)
    alone = fool_by(method, network, images[:1], goals[:1], mask=masks[0])
    torch.testing.assert_close(found.images[0], alone.images[0], rtol=0, atol=1e-12)
    assert torch.equal(found.images[1], images[1]) and found.settings["mask"] == 0.5


@every_goal
def test_a_mask_for_each_is_that_of_each(method: Method) -> None:
    network, images, masks = exact_cnn(), exact_photos(3), masks_of_each()
    goals = others(network, images)
    together = fool_by(method, network, images, goals, mask=masks, batch=2)
    for place in range(1 if method.name in {"pgd", "apgd"} else 3):  # chance falls by the place in the batch
        part = slice(place, place + 1)
        for mask in (masks[place], masks[part]):
            alone = fool_by(method, network, images[part], goals[part], mask=mask)
            torch.testing.assert_close(alone.images[0], together.images[place], rtol=0, atol=1e-12)


@every_goal
def test_a_mask_of_another_shape_is_refused_in_one_line(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    right = r"it takes \[40, 56\], or \[2, 40, 56\] with one for each image"
    for mask, words in (
        (torch.ones(56, 40), r"mask has shape \[56, 40\]"),
        (torch.ones(3, 40, 56), r"mask has shape \[3, 40, 56\]"),
        (torch.ones(2, 1, 40, 56), r"mask has shape \[2, 1, 40, 56\]"),
        (torch.ones(40), r"mask has shape \[40\]"),
        ([[1, 0]], "mask is a list"),
    ):
        with pytest.raises(UserError, match=f"{words}; {right}") as caught:
            fool_by(method, network, images, mask=mask)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("how", ["no_grad", "inference_mode"])
@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.float64], ids=str)
def test_masks_of_any_kind_and_from_any_mode_work(how: str, kind: torch.dtype) -> None:
    network, images = small_cnn(), random_photos(2)
    goals, mask = others(network, images), masks_of_each(1)[0]
    expected = fool.fgsm(network, images, to=goals, eps=0.1, mask=mask)
    with getattr(torch, how)():
        found = fool.fgsm(network, images, to=goals, eps=0.1, mask=mask.clone().to(kind))
    assert torch.equal(found.images, expected.images)


# Exact numbers, of networks that are straight.


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["fgsm", "ifgsm", "pgd"])
def test_two_classes_are_flipped_if_and_only_if_eps_is_beyond_what_the_free_pixels_weigh(
    name: str, norm: str, seed: int
) -> None:
    """It is |f| / |w of the free pixels|_1 in linf, and |f| / |w of the free pixels|_2 in l2."""
    network, photos = straight_network(classes=2, seed=seed), random_photos(3, size=(20, 28), seed=seed)
    far, free = _far(network, photos, norm)
    attack = fool.TABLE[name].load()
    settings: dict[str, Any] = {"norm": norm} | ({} if name == "fgsm" else {"steps": 20})
    settings |= {"random_start": False} if name == "pgd" else {}
    assert not attack(network, photos, eps=far * 0.999, mask=free, **settings).success.any()
    beyond = attack(network, photos, eps=far * 1.001, mask=free, **settings)
    assert beyond.success.all()
    torch.testing.assert_close(beyond.linf if norm == "linf" else beyond.l2, far * 1.001, rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("name", "norm", "settings", "within"),
    [
        ("deepfool", "l2", {}, (1.0199, 1.0201)),
        ("deepfool", "linf", {}, (1.0199, 1.0201)),
        ("ddn", "l2", {"steps": 100}, (1.0, 1.03)),
        ("fmn", "l2", {"steps": 100}, (1.0, 1.03)),
        ("fmn", "linf", {"steps": 200}, (1.0, 1.1)),
        ("carlini_wagner", "l2", {"steps": 60, "searches": 9}, (1.0, 1.05)),
        ("lbfgs", "l2", {"steps": 50, "searches": 12}, (1.0, 1.05)),
    ],
)
def test_the_nearest_image_is_as_far_as_the_free_pixels_say(
    name: str, norm: str, settings: dict[str, Any], within: tuple[float, float]
) -> None:
    network, photos = straight_network(classes=2), exact_photos(3, size=(20, 28))
    network.module.double()
    far, free = _far(network, photos, norm)
    chosen = {**settings, **({"norm": norm} if name in {"deepfool", "fmn"} else {})}
    found = fool.TABLE[name].load()(network, photos, mask=free, **chosen)
    share = (found.linf if norm == "linf" else found.l2) / far
    assert found.success.all() and within[0] <= float(share.min()) and float(share.max()) <= within[1], share


# apgd begins elsewhere then; carlini_wagner squashes every pixel, which moves those that do not matter too.
@pytest.mark.parametrize("method", [one for one in GOALS if one.name not in {"apgd", "carlini_wagner"}], ids=named)
def test_it_is_as_if_the_network_did_not_see_the_other_pixels(method: Method) -> None:
    """Of a network that is straight, what the others say is a constant."""
    network, blind = straight_network(), straight_network()
    network.module.double(), blind.module.double()
    photos, mask = exact_photos(1, size=(20, 28)), masks_of_each(1, size=(20, 28))[0]
    unseen = ~free_of(mask, photos)[0].flatten()
    layer = blind.module[1]
    layer.bias.data += layer.weight.data[:, unseen] @ photos[0].flatten()[unseen]
    layer.weight.data[:, unseen] = 0
    still = {"random_start": False} if method.name == "pgd" else {}
    found, expected = (
        fool_by(method, one, photos, others(network, photos), **still, **given)
        for one, given in ((network, {"mask": mask}), (blind, {}))
    )
    torch.testing.assert_close(found.images, expected.images, rtol=0, atol=1e-9)
    assert torch.equal(found.gradients, expected.gradients) and torch.equal(found.success, expected.success)


def _far(network: Any, photos: Tensor, norm: str) -> tuple[Tensor, Tensor]:
    """Return how far the free pixels of each photo have to move [B], none to an end of [0, 1], and which are free."""
    # Every other pixel: few would have to go farther than they can.
    free = torch.zeros(len(photos), *photos.shape[-2:], dtype=torch.bool)
    for place, mask in enumerate(free):
        mask[:, place % 2 :: 2] = True
    leads, ways = boundaries(network, photos)
    weighed = ways[:, 0].view(photos.shape) * free[:, None]
    size = weighed.abs().flatten(1).sum(1) if norm == "linf" else weighed.flatten(1).norm(dim=1)
    return leads[:, 0] / size, free


@pytest.mark.parametrize("method", BOUNDED, ids=named)
def test_one_pixel_may_be_all_there_is(method: Method) -> None:
    network, images = small_cnn(), random_photos(2)
    mask = torch.zeros(40, 56)
    mask[17, 23] = 1
    found = fool_by(method, network, images, mask=mask, eps=1.0, **({"norm": "l2"} if has(method, "norm") else {}))
    moved = (found.images - found.originals).abs().sum(1)
    assert (moved.flatten(1).count_nonzero(1) == 1).all() and (moved[:, 17, 23] > 0).all()
    assert (found.l2 <= 1 + 1e-6).all()
