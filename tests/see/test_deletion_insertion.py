import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.results.heatmap import Heatmap, Target
from seethrough.see.deletion_insertion import deletion_insertion
from seethrough.see.fill import filled
from seethrough.see.grad_cam import grad_cam
from tests.nets import random_photos, small_cnn


def summing(size: tuple[int, int], channels: int = 1) -> Network:
    """Return a network whose one score is the sum of the pixels."""
    layer = nn.Linear(channels * size[0] * size[1], 1)
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    return Network(nn.Sequential(nn.Flatten(), layer), size=size, channels=channels, name="sum")


def heatmap(images: Tensor, values: Tensor, index: int | None = 0) -> Heatmap:
    targets = (Target("one", index),) * len(images)
    return Heatmap(network="any", method="see.any", images=images, targets=targets, values=values)


def test_the_worked_example() -> None:
    images = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]])
    found = deletion_insertion(
        summing((2, 2)), images, heatmap(images, images[:, 0]), steps=2, inserted="zero", on="logit"
    )
    assert found.fractions.tolist() == [0.0, 0.5, 1.0]
    torch.testing.assert_close(found.deletion, torch.tensor([[1.0, 0.3, 0.0]], dtype=torch.float64))
    torch.testing.assert_close(found.insertion, torch.tensor([[0.0, 0.7, 1.0]], dtype=torch.float64))
    torch.testing.assert_close(found.deletion_area, torch.tensor([0.4], dtype=torch.float64), atol=1e-7, rtol=0)
    torch.testing.assert_close(found.insertion_area, torch.tensor([0.6], dtype=torch.float64), atol=1e-7, rtol=0)


def test_nan_goes_last_and_ties_go_by_place() -> None:
    images = torch.tensor([[[[0.1, 0.2], [0.3, 0.4]]]])
    values = torch.tensor([[[math.nan, 5.0], [7.0, 5.0]]])
    found = deletion_insertion(summing((2, 2)), images, heatmap(images, values), steps=4, inserted="zero", on="logit")
    torch.testing.assert_close(found.deletion[0], torch.tensor([1.0, 0.7, 0.5, 0.1, 0.0], dtype=torch.float64))
    torch.testing.assert_close(found.insertion[0], torch.tensor([0.0, 0.3, 0.5, 0.9, 1.0], dtype=torch.float64))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 9), st.integers(1, 3))
def test_it_is_what_a_plain_loop_finds(seed: int, steps: int, batch: int, count: int) -> None:
    network = small_cnn(size=(6, 9))
    images = random_photos(count, size=(6, 9), seed=seed)
    values = torch.randint(0, 9, (count, 6, 9), generator=torch.Generator().manual_seed(seed)).float()
    found = deletion_insertion(
        network, images, heatmap(images, values, index=2), steps=steps, deleted="grey", inserted="mean", batch=batch
    )
    assert found.deletion.shape == found.insertion.shape == (count, steps + 1)
    for place in range(count):
        order = sorted(range(54), key=lambda pixel: (-values[place].flatten()[pixel].item(), pixel))
        for step in range(steps + 1):
            first = order[: step * 54 // steps]
            assert float(found.fractions[step]) == len(first) / 54
            mask = torch.zeros(54, dtype=torch.bool)
            mask[first] = True
            image = images[place : place + 1]
            left = torch.where(mask.view(6, 9), filled(image, "grey"), image)
            back = torch.where(mask.view(6, 9), image, filled(image, "mean"))
            for picture, scores in ((left, found.deletion), (back, found.insertion)):
                expected = float(network(picture).softmax(1)[0, 2].detach())
                assert abs(expected - float(scores[place, step])) < 1e-5


def test_each_image_is_measured_on_its_own_class() -> None:
    network, images = small_cnn(), random_photos(3)
    found = deletion_insertion(network, images, grad_cam(network, images, [0, 3, 1], layer="conv2"), steps=4)
    clean = network(images).softmax(1).detach()[range(3), [0, 3, 1]].double()
    torch.testing.assert_close(found.deletion[:, 0], clean)
    torch.testing.assert_close(found.insertion[:, -1], clean)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_runs_inside_no_grad_and_leaves_no_mode_behind(mode: type[torch.no_grad]) -> None:
    network, images = small_cnn(), random_photos(1)
    found = grad_cam(network, images, 0, layer="conv2")
    outside = deletion_insertion(network, images, found, steps=3)
    with mode():
        assert deletion_insertion(network, images, found, steps=3) == outside
    work = deletion_insertion.job(network, images, found, steps=3)
    next(work)
    assert torch.is_grad_enabled()
    work.close()


@pytest.mark.parametrize("after", range(1, 9))
def test_asked_to_stop_it_returns_a_coarser_part_of_the_same_curves(after: int) -> None:
    network, images = small_cnn(), random_photos(2)
    found = grad_cam(network, images, 0, layer="conv2")
    whole = deletion_insertion(network, images, found, steps=8, batch=4)
    steps: list[Step] = []

    def stop(step: Step) -> bool:
        steps.append(step)
        return step.done >= after

    part = run(deletion_insertion.job(network, images, found, steps=8, batch=4), stop)
    assert len(steps) == max(after, 2)
    assert [part.fractions[0], part.fractions[-1]] == [0, 1]
    kept = [whole.fractions.tolist().index(fraction) for fraction in part.fractions.tolist()]
    assert len(kept) == max(after, 2)
    if after >= 3:  # the middle comes before the quarters, and they before the eighths
        assert set(kept) >= {3: {4}, 4: {4}}.get(after, {2, 4, 6})
    torch.testing.assert_close(part.deletion, whole.deletion[:, kept])
    torch.testing.assert_close(part.insertion, whole.insertion[:, kept])


def test_what_cannot_be_measured_is_refused_in_one_line() -> None:
    network, images = small_cnn(), random_photos(2)
    good = heatmap(images, torch.rand(2, 40, 56))
    unit = grad_cam(network, images, unit="conv2:3", layer="conv2")
    for wrong, options, says in (
        (unit, {}, "heatmap explains conv2:3, which is no class"),
        (heatmap(images[:1], torch.rand(1, 40, 56)), {}, "heatmap is of 1 x 40 x 56; images is 2 x 40 x 56"),
        (heatmap(images, torch.rand(2, 56, 40)), {}, "heatmap is of 2 x 56 x 40"),
        (good, {"steps": 0}, "steps is 0; it takes 1 to 2240"),
        (good, {"steps": 2241}, "steps is 2241"),
        (good, {"deleted": "hole"}, "fill is 'hole'"),
        (good, {"on": "rank"}, "on is 'rank'"),
    ):
        with pytest.raises(UserError) as refusal:
            deletion_insertion(network, images, wrong, **options)  # type: ignore[arg-type]
        assert says in str(refusal.value)
        assert "\n" not in str(refusal.value)
