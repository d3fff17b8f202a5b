from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.networks.operations import OutOfViews, between, is_relu, kind_of, saved


def test_only_operations_between_the_pixels_and_the_number_are_found_each_with_its_inputs() -> None:
    pixels = torch.rand(2, 3, requires_grad=True)
    weights = nn.Parameter(torch.rand(3))
    scaled = pixels * weights.exp()
    number = (scaled.relu() + scaled.clamp(0, 6)).sum()
    way = between(number, pixels)
    kinds = {kind_of(node): [kind_of(one) for one, _ in before] for node, before in way.items()}
    end = "torch::autograd::AccumulateGrad"
    assert kinds == {"Sum": ["Add"], "Add": ["Relu", "Clamp"], "Relu": ["Mul"], "Clamp": ["Mul"], "Mul": [end], end: []}
    clamp = next(node for node in way if kind_of(node) == "Clamp")
    assert (saved(clamp, "min"), saved(clamp, "max"), saved(clamp, "none")) == (0, 6, None)
    assert torch.equal(saved(clamp, "self"), scaled)


def test_a_number_that_does_not_depend_on_the_pixels_has_nothing_between() -> None:
    pixels = torch.rand(2, requires_grad=True)
    way = between(nn.Parameter(torch.rand(3)).exp().sum(), pixels)
    assert [kind_of(node) for node in way] == ["torch::autograd::AccumulateGrad"]


def test_a_deep_network_is_no_deep_recursion() -> None:
    pixels = torch.rand(2, requires_grad=True)
    x = pixels
    for _ in range(5000):
        x = x + 1
    assert len(between(x.sum(), pixels)) == 5002


def relus_in(work: Callable[[Tensor], Tensor]) -> list[str]:
    """Return the kinds of the operations between an input and what is made of it that count as ReLUs."""
    x = torch.linspace(-2, 8, 12, requires_grad=True)
    way = between(work(x * 1).sum(), x)
    return [kind_of(node) for node in way if is_relu(node, way)]


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (torch.relu, "Relu"),
        (nn.ReLU(inplace=True), "Relu"),
        (nn.ReLU6(), "Hardtanh"),
        (lambda x: functional.hardtanh(x, 0, 20), "Hardtanh"),
        (lambda x: x.clamp(0, 6), "Clamp"),
        (lambda x: x.clamp(min=0), "Clamp"),
        (lambda x: x.clamp(min=torch.zeros(12)), "Clamp"),
        (lambda x: x.clamp(torch.zeros(12), torch.full((12,), 6.0)), "Clamp"),
        (lambda x: x.clamp_min(0.0), "ClampMin"),
        (lambda x: functional.threshold(x, 0, 0), "Threshold"),
        (lambda x: torch.maximum(x, torch.zeros(1)), "Maximum"),
        (lambda x: torch.maximum(torch.zeros(12), x), "Maximum"),
    ],
)
def test_a_relu_is_known_however_it_is_written(work: Callable[[Tensor], Tensor], kind: str) -> None:
    assert relus_in(work) == [kind]


@pytest.mark.parametrize(
    "work",
    [
        torch.sigmoid,
        functional.leaky_relu,
        functional.silu,
        lambda x: x.clamp(0, 1),  # pixels kept in their range
        lambda x: functional.hardtanh(x, 0, 1),
        functional.hardtanh,
        lambda x: x.clamp(max=6),
        lambda x: x.clamp(min=1e-6),
        lambda x: x.clamp_min(1.0),
        lambda x: functional.threshold(x, 0.1, 0),
        lambda x: torch.maximum(x, torch.ones(1)),
        lambda x: torch.maximum(x, 0 * x),  # both are made of the input: maxout
        lambda x: x.clamp(torch.tensor([0.0] * 11 + [1.0]), torch.full((12,), 6.0)),
    ],
)
def test_what_only_looks_like_a_relu_is_none(work: Callable[[Tensor], Tensor]) -> None:
    assert relus_in(work) == []


def test_out_of_views_an_operation_in_place_gives_the_same_numbers_and_stands_in_the_graph() -> None:
    def work(x: torch.Tensor) -> torch.Tensor:
        base = x * 3 - 1
        flat = base.view(-1)
        torch.nn.functional.hardtanh(base[0], -0.8, 1, True)
        assert flat.unsqueeze_(1).shape == (12, 1)
        grid = base.view(3, 4)[:, :3]
        assert torch.equal(grid.t_(), base.view(3, 4)[:, :3].T)
        base[2].mul_(2)
        assert flat[2:6].relu_().shape == (4, 1)  # last: plain autograd bears no change after it
        return base

    pixels = torch.linspace(0, 1, 12).view(3, 4).requires_grad_()
    expected = work(pixels)
    with OutOfViews():
        found = work(pixels)
    assert torch.equal(found, expected)
    slopes = [torch.autograd.grad((one**2).sum(), pixels)[0] for one in (found, expected)]
    assert torch.equal(*slopes)
    kinds = {kind_of(node) for node in between(found.sum(), pixels)}
    assert {"Relu", "Hardtanh"} <= kinds
    assert "Relu" not in {kind_of(node) for node in between(work(pixels).sum(), pixels)}


def test_out_of_views_leaves_tensors_without_gradients_alone() -> None:
    base = torch.linspace(-1, 1, 6)
    view = base.view(2, 3)
    with OutOfViews():
        assert view.relu_() is view
    assert torch.equal(base, torch.linspace(-1, 1, 6).relu())
