from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seethrough.ascent.canvas import pixels
from seethrough.ascent.lbfgs import lbfgs
from seethrough.ascent.loop import ascend
from seethrough.ascent.stride import Memory, Stride, plain
from seethrough.ascent.wish import logit
from tests.nets import random_photos, small_cnn


def climb(stride: Stride, wish: Callable[[Tensor], Tensor], start: Tensor, looks: int) -> tuple[Tensor, Memory]:
    """Return the wish at every place that was looked at [looks, b], and what the stride remembers at the end."""
    memory: Memory = {}
    here, seen = start, []
    for _ in range(looks):
        leaf = here.clone().requires_grad_()
        values = wish(leaf)
        (slope,) = torch.autograd.grad(values.sum(), leaf)
        seen.append(values.detach())
        here = stride(here, seen[-1], slope, memory)
    return torch.stack(seen), memory


def hills(rows: int, count: int, steep: float, seed: int = 0) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """Return -(x - top)' A (x - top) / 2 for each row, with curvatures from 1 to `steep`, and the tops."""
    generator = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(rows, count, count, generator=generator, dtype=torch.float64))[0]
    curved = (
        turn @ torch.diag_embed(torch.logspace(0, steep, count, 10, dtype=torch.float64).expand(rows, -1)) @ turn.mT
    )
    top = torch.randn(rows, count, generator=generator, dtype=torch.float64)

    def wish(x: Tensor) -> Tensor:
        away = x.flatten(1) - top[: len(x)]
        return -torch.einsum("bi,bij,bj->b", away, curved[: len(x)], away) / 2

    return wish, top


def banana(x: Tensor) -> Tensor:
    """Rosenbrock's valley, upside down: 0 at (1, 1), reached along a bend."""
    x, y = x.flatten(1).unbind(1)
    return -(100 * (y - x**2) ** 2 + (1 - x) ** 2)


def starts(rows: int, count: int, seed: int = 1) -> Tensor:
    return torch.randn(rows, count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("steep", "looks"), [(0, 4), (1, 40), (2, 90), (4, 450)])
def test_it_reaches_the_top_of_an_uneven_hill(steep: int, looks: int) -> None:
    wish, top = hills(4, 30, steep)
    seen, memory = climb(lbfgs(), wish, torch.zeros(4, 30, dtype=torch.float64), looks)
    assert (seen.amax(0) > -1e-6).all()
    torch.testing.assert_close(memory["at"], top, rtol=0, atol=2e-3)
    if steep >= 2:  # where plain ascent at its best rate is far from it
        plainly, _ = climb(plain(1.9 / 10**steep), wish, torch.zeros(4, 30, dtype=torch.float64), looks)
        assert (plainly.amax(0) < -1e-3).all()


@pytest.mark.parametrize("first", [0.1, 1.0, 10.0])
def test_it_follows_a_bent_valley(first: float) -> None:
    seen, memory = climb(lbfgs(first), banana, torch.cat([starts(5, 2), torch.tensor([[-1.2, 1.0]])]), 100)
    assert (seen.amax(0) > -1e-12).all()
    torch.testing.assert_close(memory["at"], torch.ones(6, 2, dtype=torch.float64), rtol=0, atol=1e-5)


def test_each_row_goes_as_it_would_alone() -> None:
    wish, _ = hills(1, 12, 3)
    for function, start in ((banana, starts(4, 2)), (wish, starts(1, 12))):
        together, _ = climb(lbfgs(), function, start, 60)
        for row in range(len(start)):
            alone, _ = climb(lbfgs(), function, start[row : row + 1], 60)
            torch.testing.assert_close(alone[:, 0], together[:, row], rtol=1e-6, atol=1e-12)


def test_rows_may_leave_and_the_others_go_on_as_they_were() -> None:
    start = starts(3, 2)
    whole, _ = climb(lbfgs(), banana, start, 30)
    memory: Memory = {}
    here, stride = start, lbfgs()
    for look in range(30):
        if look == 10:
            here, memory = here[[2, 1]], {name: value[[2, 1]] for name, value in memory.items()}
        leaf = here.clone().requires_grad_()
        values = banana(leaf)
        (slope,) = torch.autograd.grad(values.sum(), leaf)
        torch.testing.assert_close(
            values.detach(), whole[look] if look < 10 else whole[look, [2, 1]], rtol=1e-6, atol=1e-12
        )
        here = stride(here, values.detach(), slope, memory)


def test_what_is_kept_never_goes_down() -> None:
    memory: Memory = {}
    stride, here, kept = lbfgs(3.0), starts(6, 2, seed=8), []
    for _ in range(50):
        leaf = here.clone().requires_grad_()
        values = banana(leaf)
        (slope,) = torch.autograd.grad(values.sum(), leaf)
        here = stride(here, values.detach(), slope, memory)
        kept.append(memory["value"].clone())
        torch.testing.assert_close(banana(memory["at"]), memory["value"])
    rises = torch.stack(kept).diff(dim=0)
    assert (rises >= 0).all() and (rises.sum(0) > 0).all()


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_how_strong_a_wish_is_does_not_matter(scale: float) -> None:
    def saddle(x: Tensor) -> Tensor:  # curved upwards where it begins, downwards farther out
        return (x.flatten(1) ** 2).sum(1) - (x.flatten(1) ** 4).sum(1)

    for wish, start in ((banana, starts(3, 2)), (saddle, starts(3, 5) * 0.05)):
        expected, _ = climb(lbfgs(), wish, start, 40)
        found, _ = climb(lbfgs(), lambda x, wish=wish: scale * wish(x), start, 40)
        torch.testing.assert_close(found[:20] / scale, expected[:20], rtol=1e-6, atol=1e-9)
        torch.testing.assert_close(found.amax(0) / scale, expected.amax(0), rtol=1e-6, atol=1e-9)


def test_where_nothing_leads_up_it_stays() -> None:
    seen, memory = climb(lbfgs(), lambda x: 0 * x.sum(1), starts(2, 3), 10)
    assert not seen.any()
    assert torch.equal(memory["at"], starts(2, 3))
    seen, memory = climb(lbfgs(), lambda x: -(x**2).sum(1), torch.zeros(2, 3, dtype=torch.float64), 10)
    assert not memory["at"].any() and not seen.any()


def test_what_did_not_rise_is_not_learned_from_and_who_cannot_rise_forgets_and_goes_straight_up() -> None:
    wish, _ = hills(1, 6, 2)
    stride, here = lbfgs(0.7), starts(1, 6)
    memory: Memory = {}
    for _ in range(6):
        leaf = here.clone().requires_grad_()
        values = wish(leaf)
        (slope,) = torch.autograd.grad(values.sum(), leaf)
        here = stride(here, values.detach(), slope, memory)
    before = dict(memory)
    assert before["known"][0, -1] > 0
    here, lengths = stride(here, torch.tensor([-1e9]).double(), -slope, memory), []
    while memory["known"].any():
        for name in ("at", "up", "value", "steps", "bends", "known"):
            assert torch.equal(memory[name], before[name])
        lengths.append(float((here - memory["at"]).norm()))
        assert len(lengths) < 60
        here = stride(here, torch.tensor([-1e9]).double(), -slope, memory)
    assert len(lengths) > 5 and lengths[-1] < 1e-6
    for shorter, longer in zip(lengths[1:], lengths, strict=False):
        assert shorter == pytest.approx(longer / 2, rel=1e-6)
    assert torch.equal(memory["at"], before["at"])
    torch.testing.assert_close(here, memory["at"] + 0.7 * memory["up"] / memory["up"].norm())


def test_places_where_the_wish_is_no_number_are_left_again() -> None:
    def edge(x: Tensor) -> Tensor:  # defined below 1 alone, highest at 0.9
        x = x.flatten(1)[:, 0]
        return (1 - x).log() * 0.1 + x

    seen, memory = climb(lbfgs(), edge, torch.tensor([[-3.0], [0.5]], dtype=torch.float64), 60)
    assert seen.isnan().any()
    torch.testing.assert_close(memory["at"], torch.full((2, 1), 0.9, dtype=torch.float64), rtol=0, atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 25])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_the_way_is_never_below_its_start_and_more_steps_bring_no_less(seed: int, steps: int) -> None:
    network, images = small_cnn(seed=seed), random_photos(3, seed=seed)
    wish = logit(torch.tensor([0, 2, 4]))
    found = ascend(network, pixels(images), wish, stride=lbfgs(), steps=steps, best=True)
    assert (found.values >= found.trace.amax(1) - 1e-5).all()
    longer = ascend(network, pixels(images), wish, stride=lbfgs(), steps=steps + 6, best=True)
    assert (longer.values >= found.values - 1e-5).all()


def test_it_rises_faster_than_plain_ascent_within_the_pixels_limits() -> None:
    network, images = small_cnn(), random_photos(2)
    wish = logit(torch.tensor([1, 3]))
    found = ascend(network, pixels(images), wish, stride=lbfgs(), steps=40, best=True)
    assert found.images.min() >= 0 and found.images.max() <= 1
    plainly = ascend(network, pixels(images), wish, stride=plain(1.0), steps=40, best=True)
    assert (found.values > plainly.values).all()
