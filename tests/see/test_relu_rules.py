"""The three ways back through a ReLU, against explicit Jacobians, finite differences and ReLUs with a gradient of their own."""

import gc
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import seethrough
from seethrough.networks.network import Network
from seethrough.networks.operations import kind_of
from seethrough.see.goal import goal
from seethrough.see.relu_rules import Rule, rule_gradient
from tests.nets import random_photos, small_cnn
from tests.networks.test_network import assert_same, snapshot
from tests.see.test_gradients import differences

Act = Callable[[Tensor], Tensor]
RULES: tuple[Rule, ...] = ("plain", "deconvnet", "guided")

every_rule = pytest.mark.parametrize("rule", RULES)
both_rules = pytest.mark.parametrize("rule", RULES[1:])


def by_rule(network: Network, images: Tensor, rule: Rule, classes: Any = None, **named: Any) -> Tensor:
    return rule_gradient(goal(network, images, classes, **named), images, rule)


def toy() -> tuple[Network, Tensor]:
    """Return the worked example and its image 0..15: convolution of ones, biases -50, -75, rows of five +1 and three -1."""
    conv, linear = nn.Conv2d(1, 2, 3), nn.Linear(8, 4, bias=False)
    conv.weight.data.fill_(1.0)
    conv.bias.data = torch.tensor([-50.0, -75.0])
    linear.weight.data = torch.tensor([1.0] * 5 + [-1.0] * 3).repeat(4, 1)
    module = nn.Sequential(conv, nn.ReLU(), nn.Flatten(), linear, nn.ReLU())
    return Network(module, size=4, channels=1, std=1 / 15, name="toy"), torch.arange(16.0).view(1, 1, 4, 4) / 15


class OwnRelu(torch.autograd.Function):
    """A ReLU (up to `top`) whose gradient is the rule's: the usual way to write these methods, one ReLU at a time."""

    @staticmethod
    def forward(context: Any, x: Tensor, rule: Rule, top: float) -> Tensor:
        context.save_for_backward(x)
        context.rule, context.top = rule, top
        return x.clamp(0, top)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (x,) = context.saved_tensors
        inside = (x > 0) & (x < context.top)
        if context.rule == "plain":
            return slope * inside, None, None
        wanted = slope * (slope > 0)
        return wanted if context.rule == "deconvnet" else wanted * inside, None, None


def own(rule: Rule, top: float = float("inf")) -> Act:
    return lambda x: OwnRelu.apply(x, rule, top)


class Slots(nn.Module):
    """A network with a place for an activation in every kind of spot: reused, before an addition, on a view, behind a gate."""

    def __init__(self, act: Act, scale: float = 1.0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.first, self.second = nn.Conv2d(2, 6, 3, bias=False), nn.Conv2d(6, 6, 3, padding=1)
            self.gate, self.inner, self.head = nn.Linear(6, 6), nn.Linear(6 * 12, 10), nn.Linear(10, 4)
        for part in (self.first, self.second, self.inner):
            part.weight.data *= scale
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.first(x))
        y = self.second(x)
        y += x
        y = self.act(y)
        y = functional.max_pool2d(y, 2) * torch.sigmoid(self.gate(y.mean((2, 3))))[:, :, None, None]
        y = self.inner(y.flatten(1)).view(len(x), 2, 5)
        return self.head(self.act(y).flatten(1))


def slots(act: Act, scale: float = 1.0) -> Network:
    return Network(Slots(act, scale).double(), size=(8, 10), channels=2, mean=0.4, std=0.3, name="slots")


def dark_corner() -> Tensor:
    """Return photos in double precision with a part that is exactly the mean, where a layer without bias gives exactly 0."""
    images = random_photos(2, 2, (8, 10)).double()
    images[:, :, :4, :5] = 0.4
    return images


def by_statement(x: Tensor) -> Tensor:
    x.relu_()
    return x


def largest_of_zero(x: Tensor) -> Tensor:
    return torch.max(x, torch.zeros(1, dtype=x.dtype))


SAME = nn.ReLU()
RELUS: dict[str, Act] = {
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
    "F.relu": functional.relu,
    "F.relu in place": lambda x: functional.relu(x, inplace=True),
    "F.relu in place by position": lambda x: functional.relu(x, True),
    "F.relu_": functional.relu_,
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "Tensor.relu": Tensor.relu,
    "Tensor.relu_": Tensor.relu_,
    "relu_ as a statement": by_statement,
    "aten": torch.ops.aten.relu.default,
    "clamp(min=0)": lambda x: x.clamp(min=0),
    "clamp_(min=0)": lambda x: x.clamp_(min=0),
    "torch.clamp(0.0)": lambda x: torch.clamp(x, 0.0),
    "clamp(min=tensor)": lambda x: x.clamp(min=torch.zeros((), dtype=x.dtype)),
    "clamp_min": lambda x: x.clamp_min(0),
    "clamp_min_": lambda x: torch.clamp_min_(x, 0),
    "threshold": lambda x: functional.threshold(x, 0, 0),
    "threshold module in place": nn.Threshold(0, 0, inplace=True),
    "maximum": lambda x: torch.maximum(torch.zeros_like(x), x),
    "max": largest_of_zero,
}
RELU6S: dict[str, Act] = {
    "module": nn.ReLU6(),
    "module in place": nn.ReLU6(inplace=True),
    "F.relu6": functional.relu6,
    "F.relu6 in place": lambda x: functional.relu6(x, True),
    "hardtanh": lambda x: functional.hardtanh(x, 0, 6),
    "hardtanh_": lambda x: functional.hardtanh_(x, 0.0, 6.0),
    "Hardtanh in place": nn.Hardtanh(0, 6, inplace=True),
    "clamp": lambda x: x.clamp(0, 6),
    "clamp_": lambda x: x.clamp_(0, 6),
    "clip": lambda x: torch.clip(x, 0, 6),
    "clamp to tensors": lambda x: x.clamp(x.new_tensor(0), x.new_tensor(6)),
}


@both_rules
@pytest.mark.parametrize("written", RELUS)
def test_a_relu_is_met_however_it_is_written(written: str, rule: Rule) -> None:
    images = dark_corner()
    expected = slots(own(rule)).score_gradient(images, torch.tensor([2, 0]))
    found = by_rule(slots(RELUS[written]), images, rule, [2, 0])
    assert expected.abs().amax() > 0
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@both_rules
@pytest.mark.parametrize("written", RELU6S)
def test_a_relu6_is_met_however_it_is_written_and_blocked_at_both_ends(written: str, rule: Rule) -> None:
    images = dark_corner()
    expected = slots(own(rule, 6.0), scale=4).score_gradient(images, torch.tensor([2, 0]))
    unbounded = slots(own(rule), scale=4).score_gradient(images, torch.tensor([2, 0]))
    assert not torch.allclose(expected, unbounded)  # some units are above 6
    found = by_rule(slots(RELU6S[written], scale=4), images, rule, [2, 0])
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("written", RELU6S)
def test_the_rules_on_a_line_of_relu6_by_hand_its_limits_included(written: str) -> None:
    class Line(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            weights = torch.tensor([1.0, -2, 3, -4, 5, -6, 7, 8])
            return (RELU6S[written](x.flatten(1)) * weights).sum(1, keepdim=True)

    entering = torch.tensor([-2.0, -2, 2, 2, 8, 8, 0, 6])
    network = Network(Line(), size=(1, 8), channels=1, mean=0.5, std=1 / 32)
    image = (entering / 32 + 0.5).view(1, 1, 1, 8)
    expected = {"deconvnet": [1, 0, 3, 0, 5, 0, 7, 8], "guided": [0, 0, 3, 0, 0, 0, 0, 0]}
    for rule in RULES[1:]:
        found = by_rule(network, image, rule, 0).flatten() / 32
        torch.testing.assert_close(found, torch.tensor(expected[rule], dtype=torch.float32))
    plain = by_rule(network, image, "plain", 0).flatten() / 32
    assert plain[:6].tolist() == [0, 0, 3, -4, 0, 0]


def matrix_of(part: Callable[[Tensor], Tensor], like: Tensor) -> Tensor:
    """Return the matrix of an affine layer, a column for each input, without any gradient."""
    count = like.numel()
    basis = torch.eye(count, dtype=like.dtype).view(count, *like.shape)
    with torch.no_grad():
        return (part(basis) - part(torch.zeros_like(basis))).flatten(1).T


def switches(maps: Tensor) -> Tensor:
    """Return the matrix [pooled, maps] of 2 x 2 max pooling of maps [C, h, w]: 1 where the largest of a window stands."""
    channels, height, width = maps.shape
    place = torch.arange(maps.numel()).view_as(maps)
    rows = torch.zeros(channels * (height // 2) * (width // 2), maps.numel(), dtype=maps.dtype)
    row = 0
    for channel in range(channels):
        for y in range(0, height - 1, 2):
            for x in range(0, width - 1, 2):
                window = maps[channel, y : y + 2, x : x + 2].flatten()
                rows[row, place[channel, y : y + 2, x : x + 2].flatten()[window.argmax()]] = 1
                row += 1
    return rows


@every_rule
def test_the_rules_are_products_of_explicit_jacobians_and_masks(rule: Rule) -> None:
    network = small_cnn(channels=2, size=(7, 9))
    module: Any = network.module.double()
    image = random_photos(1, 2, (7, 9)).double()
    with torch.no_grad():
        entered = module.norm(module.conv1((image - 0.45) / 0.25))[0]
        pooled = functional.max_pool2d(entered.relu(), 2)
        deeper = module.conv2(pooled)

    def back(slope: Tensor, met: Tensor) -> Tensor:
        active, wanted = (met.flatten() > 0).double(), (slope > 0).double()
        return slope * (active if rule == "plain" else wanted if rule == "deconvnet" else active * wanted)

    for score in range(5):
        slope = module.head.weight[score].detach().repeat_interleave(deeper[0].numel()) / deeper[0].numel()
        slope = back(slope, deeper) @ matrix_of(module.conv2, pooled) @ switches(entered.relu())
        slope = back(slope, entered) @ matrix_of(lambda x: module.norm(module.conv1(x)), image[0]) / 0.25
        found = by_rule(network, image, rule, score)
        torch.testing.assert_close(found, slope.view_as(image), rtol=1e-9, atol=1e-12)


def test_the_plain_rule_is_the_slope_that_finite_differences_find() -> None:
    network, images = slots(nn.ReLU()), random_photos(1, 2, (8, 10)).double()
    torch.testing.assert_close(
        by_rule(network, images, "plain", 1), differences(network, images, 1), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("seed", range(5))
def test_where_no_relu_blocks_anything_the_three_rules_agree(seed: int) -> None:
    network = small_cnn(seed=seed)
    for name, weight in network.module.named_parameters():
        weight.data.abs_() if "bias" not in name else weight.data.fill_(2.0)
    network.module.norm.running_mean.zero_()
    bright = Network(network.module, size=(40, 56), mean=0.0, std=0.25)
    images = random_photos(2, seed=seed)
    plain, deconvnet, guided = (by_rule(bright, images, rule, [seed, 0]) for rule in RULES)
    torch.testing.assert_close(deconvnet, plain)
    torch.testing.assert_close(guided, plain)
    assert not by_rule(bright, images, "guided", score=lambda output: -output[:, 0]).any()


class Rules(nn.Module):
    """An activation whose rule can be changed."""

    def __init__(self, top: float) -> None:
        super().__init__()
        self.top = top
        self.rule: Rule = "plain"

    def forward(self, x: Tensor) -> Tensor:
        return own(self.rule, self.top)(x)


def assert_the_rules_are_those_of_replaced_relus(
    network: Network, kind: type[nn.Module], top: float, count: int
) -> None:
    pixels = network.frame(seethrough.photo("cat"))
    found = {rule: by_rule(network, pixels, rule, 282) for rule in RULES[1:]}
    replaced: list[Rules] = []
    for part in list(network.module.modules()):
        for name, child in part.named_children():
            if isinstance(child, kind):
                replaced.append(Rules(top))
                setattr(part, name, replaced[-1])
    assert len(replaced) == count
    for rule, slope in found.items():
        for one in replaced:
            one.rule = rule
        expected = by_rule(network, pixels, "plain", 282)
        torch.testing.assert_close(slope, expected, rtol=1e-3, atol=1e-5 * float(expected.abs().max()))


def test_the_real_network_agrees_with_its_relu6_replaced_one_by_one() -> None:
    assert_the_rules_are_those_of_replaced_relus(seethrough.load(), nn.ReLU6, top=6.0, count=33)


def test_squeezenet_agrees_with_its_relus_replaced_one_by_one(shared: Path) -> None:
    weights = shared / "weights" / "squeezenet1_0.safetensors"
    network = seethrough.load("torchvision:squeezenet1_0", weights=weights)
    assert_the_rules_are_those_of_replaced_relus(network, nn.ReLU, top=float("inf"), count=26)


@both_rules
def test_a_relu_in_place_on_a_view_reaches_the_tensor_it_is_a_view_of(rule: Rule) -> None:
    class Views(nn.Module):
        def __init__(self, act: Act | None) -> None:
            super().__init__()
            with torch.random.fork_rng():
                torch.manual_seed(1)
                self.conv, self.head = nn.Conv2d(2, 4, 3), nn.Linear(4 * 6 * 8, 3)
            self.act = act

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            if self.act is None:
                x[:, :3].relu_()
                x.flatten(1)[:, 5:9].clamp_(min=0)
                x[:, 3] *= 2
            else:
                flat = torch.cat([self.act(x[:, :3]), x[:, 3:]], 1).flatten(1)
                x = torch.cat([flat[:, :5], self.act(flat[:, 5:9]), flat[:, 9:]], 1).view_as(x)
                x = x * torch.tensor([1.0, 1, 1, 2]).double()[:, None, None]
            return self.head(x.flatten(1))

    images = random_photos(2, 2, (8, 10)).double()
    written = Network(Views(None).double(), size=(8, 10), channels=2)
    twin = Network(Views(own(rule)).double(), size=(8, 10), channels=2)
    torch.testing.assert_close(written(images), twin(images))
    expected = twin.score_gradient(images, torch.tensor([0, 2]))
    torch.testing.assert_close(by_rule(written, images, rule, [0, 2]), expected, rtol=1e-10, atol=1e-12)


@both_rules
def test_limits_squares_and_softmax_pass_plainly(rule: Rule) -> None:
    class Limits(nn.Module):
        def __init__(self, act: Act) -> None:
            super().__init__()
            with torch.random.fork_rng():
                torch.manual_seed(0)
                self.conv, self.head = nn.Conv2d(3, 6, 3), nn.Linear(6, 3)
            self.act = act

        def forward(self, x: Tensor) -> Tensor:
            x = self.act(self.conv(torch.maximum(x.clamp(0, 1), torch.tensor(0.05))))
            x = x * x + x * (x + 1)
            x = torch.maximum(x.clamp(min=1e-6), torch.tensor(1e-5)).pow(3).mean((2, 3)).pow(1 / 3)
            x = x * x.softmax(1)
            return self.head(functional.normalize(x)).clamp(-50, 50).clamp(max=60)

    images = random_photos(2, 3, (12, 14))
    expected = Network(Limits(own(rule)), size=(12, 14)).score_gradient(images, torch.tensor([1, 2]))
    found = by_rule(Network(Limits(torch.relu), size=(12, 14)), images, rule, [1, 2])
    torch.testing.assert_close(found, expected)


def test_maxout_is_no_relu_also_where_one_side_is_zero() -> None:
    class Maxout(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            return torch.cat([torch.maximum(x, 1 - x).relu(), -torch.maximum(0 * x, x)], 1)

    image = torch.tensor([0.2, 0.8, 0.5, 0.9]).view(1, 1, 2, 2)
    network = Network(Maxout(), size=2, channels=1)
    found = by_rule(network, image, "guided", score=lambda output: output[:, :4].sum(1))
    torch.testing.assert_close(found.flatten(), torch.tensor([-1.0, 1, 0, 1]))
    found = by_rule(network, image, "guided", score=lambda output: output[:, 4:].sum(1))
    torch.testing.assert_close(found.flatten(), torch.tensor([-1.0, -1, -1, -1]))


def test_an_exception_inside_leaves_nothing_behind() -> None:
    class Fails(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("inside")

    network, images = small_cnn(), random_photos(1)
    plain = network.score_gradient(images, torch.tensor([1]))
    explained, head = goal(network, images, 1), network.module.head
    before = snapshot(network)
    network.module.head = Fails()
    with pytest.raises(RuntimeError, match="inside"):
        rule_gradient(explained, images, "guided")
    network.module.head = head
    assert_same(before, snapshot(network))
    assert torch._C._len_torch_function_stack() == 0
    assert torch.equal(network.score_gradient(images, torch.tensor([1])), plain)


def test_two_threads_one_guided_and_one_plain_do_not_meet() -> None:
    network, images = small_cnn(), random_photos(2)
    expected = {rule: by_rule(network, images, rule, [1, 3]) for rule in RULES}
    assert not torch.allclose(expected["plain"], expected["guided"])
    wrong: list[str] = []
    ready = threading.Barrier(3)

    def work(rule: Rule) -> None:
        explained = goal(network, images, [1, 3])
        ready.wait()
        for _ in range(30):
            found = rule_gradient(explained, images, rule)
            if rule == "plain":
                torch.testing.assert_close(network.score_gradient(images, torch.tensor([1, 3])), found)
            if not torch.equal(found, expected[rule]):
                wrong.append(rule)

    threads = [threading.Thread(target=work, args=(rule,)) for rule in RULES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_graph_is_freed_when_the_map_is_made() -> None:
    network, images = small_cnn(), random_photos(1)
    explained = goal(network, images, 1)
    kept: list[weakref.ref[Any]] = []

    def score(output: Tensor) -> Tensor:
        class Held:
            pass

        held, first = Held(), output.grad_fn
        while kind_of(first) != "Addcmul":
            first = next(
                node for node, _ in first.next_functions if node is not None and "Accumulate" not in node.name()
            )
        kept.append(weakref.ref(held))
        first.metadata["held"] = held  # lives as long as this end of the graph
        return output[:, 1]

    explained = replace(explained, score=score)
    gc.disable()  # at once, not when someone sweeps
    try:
        for rule in RULES[1:]:
            rule_gradient(explained, images, rule)
        assert len(kept) == 2 and all(held() is None for held in kept)
    finally:
        gc.enable()


@pytest.mark.parametrize("without", [torch.no_grad, torch.inference_mode])
def test_the_rules_hold_for_a_caller_who_works_without_gradients_and_a_frozen_network(without: type) -> None:
    network, images = small_cnn(), random_photos(1)
    expected = by_rule(network, images, "guided", 2)
    network.module.requires_grad_(False)
    with without():
        found = by_rule(network, images, "guided", 2)
    assert torch.equal(found, expected) and not found.requires_grad


def test_the_probability_takes_the_place_of_the_logit() -> None:
    network, images = slots(nn.ReLU()), dark_corner()
    expected_score = Network(nn.Sequential(Slots(own("guided")), nn.Softmax(1)).double(), size=(8, 10), channels=2,
                             mean=0.4, std=0.3)  # fmt: skip
    expected = expected_score.score_gradient(images, torch.tensor([2, 0]))
    found = by_rule(network, images, "guided", [2, 0], on="probability")
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
