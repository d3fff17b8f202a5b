from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seethrough.ascent.wish import Reading, Wish, alone, log_probability, logit, probability, reach, unit
from seethrough.networks.unit import Unit


def chance(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reading(count: int = 4, views: int = 1, rows: Tensor | None = None) -> Reading:
    """Return what a pass might have found: maps, tokens, a vector and scores, a row for each view."""
    seen = count * views
    layers = {
        "maps": chance(seen, 6, 5, 7, seed=1),
        "tokens": chance(seen, 9, 6, seed=2),
        "vector": chance(seen, 6, seed=3),
    }
    rows = torch.arange(count) if rows is None else rows
    return Reading(chance(count, 3, 8, 8), rows, views, layers, chance(seen, 5, seed=4))


MAPS, AT = Unit("maps", 2), Unit("maps", 5, (4, 6))
TOKENS, VECTOR = Unit("tokens", 3), Unit("vector", 1)


def images_mean() -> Wish:
    return Wish(lambda reading: reading.images.mean((1, 2, 3)))


# Arithmetic


def test_wishes_add_subtract_and_scale() -> None:
    found = reading()
    one, other, prior = unit(MAPS), logit(torch.tensor([0, 1, 2, 3])), images_mean()
    a, b, c = (wish.read(found) for wish in (one, other, prior))
    for wish, expected in (
        (one + other, a + b),
        (one - other, a - b),
        (one - 0.5 * prior, a - 0.5 * c),
        (prior * 3 - other * 2 + one, 3 * c - 2 * b + a),
        (-(one + prior), -a - c),
        (one + 2, a + 2),
        (2.5 + one, a + 2.5),
        (one - 1.5, a - 1.5),
        (1 - one, 1 - a),
        (sum([one, other, prior]), a + b + c),
    ):
        assert isinstance(wish, Wish)
        torch.testing.assert_close(wish.read(found), expected)


def test_operands_stay_as_they_are() -> None:
    found = reading()
    one, other = unit(MAPS), logit(torch.tensor([0, 1, 2, 3]))
    before = [(wish.read, wish.layers, wish.scores, wish.read(found)) for wish in (one, other)]
    _ = one + other, one - other, 3 * one, -other, 1 - other, sum([one, other])
    both = one + other
    _ = both + unit(VECTOR)
    assert both.layers == ("maps",)
    for wish, (read, layers, scores, values) in zip((one, other), before, strict=True):
        assert (wish.read, wish.layers, wish.scores) == (read, layers, scores)
        assert torch.equal(wish.read(found), values)


def test_layers_are_named_once_in_the_order_they_were_wished_for() -> None:
    wish = unit(VECTOR) + unit(MAPS) - 0.1 * unit(AT) + images_mean() - unit([TOKENS, VECTOR])
    assert wish.layers == ("vector", "maps", "tokens")
    assert not wish.scores
    assert (wish - logit(torch.tensor([0]))).scores and (logit(torch.tensor([0])) + wish).scores
    assert images_mean().layers == ()


def test_what_compares_images_with_one_another_stays_together() -> None:
    apart, together = images_mean(), replace(images_mean(), together=True)
    for wish in (apart + together, together - apart, 2 * together, -together, 1 - together, reach(together, 1.0)):
        assert wish.together
    assert not (apart + apart).together


# Units


@pytest.mark.parametrize("wanted", [MAPS, AT, TOKENS, VECTOR], ids=str)
def test_a_unit_wished_for_is_the_units_activation(wanted: Unit) -> None:
    found = reading()
    torch.testing.assert_close(unit(wanted).read(found), wanted.activation(found.layers[wanted.layer]))


@pytest.mark.parametrize(
    "wanted",
    [
        [MAPS, Unit("maps", 0), MAPS, Unit("maps", 1)],
        [MAPS, AT, Unit("maps", 5, (0, 3)), Unit("maps", 0)],
        [AT, Unit("maps", 5, (0, 0)), Unit("maps", 1, (0, 6)), AT],
        [TOKENS, Unit("tokens", 0), TOKENS, Unit("tokens", 5)],
        [VECTOR, Unit("vector", 5), Unit("vector", 0), VECTOR],
        [VECTOR, AT, TOKENS, MAPS],
        [AT, VECTOR, VECTOR, Unit("maps", 1)],
    ],
)
@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [3, 1], [2]])
def test_each_image_has_its_own_unit_by_its_place_in_the_batch(wanted: list[Unit], rows: list[int]) -> None:
    # Of a batch of which some images have left, those that are there still mean the same units.
    whole = reading()
    found = Reading(
        whole.images[rows], torch.tensor(rows), 1, {name: layer[rows] for name, layer in whole.layers.items()}, None
    )
    expected = [wanted[row].activation(whole.layers[wanted[row].layer][row : row + 1])[0] for row in rows]
    torch.testing.assert_close(unit(wanted).read(found), torch.stack(expected))


def test_several_views_are_averaged() -> None:
    found = reading(count=3, views=4)
    wanted = [MAPS, AT, VECTOR]
    expected = []
    for row, one in enumerate(wanted):
        numbers = [one.activation(found.layers[one.layer][view : view + 1])[0] for view in range(4 * row, 4 * row + 4)]
        expected.append(sum(numbers) / 4)
    torch.testing.assert_close(unit(wanted).read(found), torch.stack(expected))
    assert found.view_rows.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    scores = found.scores
    assert scores is not None
    torch.testing.assert_close(
        logit(torch.tensor([4, 0, 2])).read(found),
        torch.stack([scores[:4, 4].mean(), scores[4:8, 0].mean(), scores[8:, 2].mean()]),
    )


def test_the_slope_of_a_wish_for_units_reaches_those_units_alone() -> None:
    maps = torch.zeros(3, 4, 2, 5, requires_grad=True)
    found = Reading(torch.zeros(3, 1, 2, 2), torch.arange(3), 1, {"maps": maps}, None)
    wanted = [Unit("maps", 1), Unit("maps", 2, (1, 4)), Unit("maps", 0)]
    (slope,) = torch.autograd.grad(unit(wanted).read(found).sum(), maps)
    expected = torch.zeros_like(slope)
    expected[0, 1] = expected[2, 0] = 1 / 10
    expected[1, 2, 1, 4] = 1
    torch.testing.assert_close(slope, expected)


def test_numbers_of_low_precision_are_summed_in_single() -> None:
    layer = {"vector": chance(2, 6).to(torch.bfloat16)}
    found = Reading(torch.zeros(1, 3, 2, 2), torch.arange(1), 2, layer, chance(2, 5).to(torch.bfloat16))
    assert unit(VECTOR).read(found).dtype == torch.float32
    assert log_probability(torch.tensor([1])).read(found).dtype == torch.float32
    torch.testing.assert_close(unit(VECTOR).read(found)[0], layer["vector"][:, 1].float().mean())


# Classes


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [3, 0]])
def test_classes_are_those_of_each_image_by_its_place(rows: list[int]) -> None:
    classes = torch.tensor([4, 0, 2, 1])
    whole = reading()
    assert whole.scores is not None
    found = Reading(whole.images[rows], torch.tensor(rows), 1, {}, whole.scores[rows])
    picked = torch.stack([whole.scores[row, classes[row]] for row in rows])
    total = torch.stack([whole.scores[row].exp().sum() for row in rows])
    torch.testing.assert_close(logit(classes).read(found), picked)
    torch.testing.assert_close(probability(classes).read(found), picked.exp() / total)
    torch.testing.assert_close(log_probability(classes).read(found), picked - total.log())


# A value to reach


def test_a_value_is_reached_where_nothing_is_left_to_wish_for() -> None:
    found = reading()
    values = images_mean().read(found)
    exact = reach(images_mean(), values)
    assert exact.read(found).tolist() == [0, 0, 0, 0]
    assert (reach(images_mean(), values + 0.1).read(found) < 0).all()
    assert (reach(images_mean(), values - 0.1).read(found) < 0).all()


def test_the_distance_to_a_value_by_hand() -> None:
    found = alone(torch.tensor([3.0, 5.0, -1.0]).view(3, 1, 1, 1))
    assert reach(images_mean(), 4.0).read(found).tolist() == pytest.approx([-1 / 16, -1 / 16, -25 / 16])
    assert reach(images_mean(), -2).read(found).tolist() == pytest.approx([-25 / 4, -49 / 4, -1 / 4])
    each = reach(images_mean(), torch.tensor([1.0, 10.0, -1.0]))
    assert each.read(found).tolist() == pytest.approx([-4, -0.25, 0])
    left = Reading(found.images[[1, 2]], torch.tensor([1, 2]), 1, {}, None)
    assert each.read(left).tolist() == pytest.approx([-0.25, 0])


def test_nothing_can_be_wished_for_too() -> None:
    assert reach(images_mean(), 0.0).read(alone(torch.zeros(1, 1, 1, 1))).tolist() == [0]
    assert reach(images_mean(), 0.0).read(alone(torch.ones(1, 1, 1, 1))).isfinite().all()


def test_to_reach_a_value_the_same_layers_are_read() -> None:
    wish = reach(unit(AT) + logit(torch.tensor([0])), 1.0)
    assert wish.layers == ("maps",) and wish.scores
