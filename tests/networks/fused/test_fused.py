"""Fused passes give what the module's own operations give, there and back, whatever the network does."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from seethrough import load, photo
from seethrough.networks.fused import Folded
from seethrough.networks.fused.chains import Norm
from seethrough.networks.fused.convolve import convolve
from seethrough.networks.network import Network
from tests.nets import random_photos, small_cnn
from tests.networks.cone.test_cone import random_network


def both(network: Network, images: Tensor, layers: tuple[str, ...] = ()) -> list[tuple[Tensor, Tensor]]:
    """Return numbers and their slopes by fused operations, and by the module's own."""
    found = []
    for plain in (False, True):
        pixels = images.clone().requires_grad_()
        output, read = network.run(pixels, layers, stop=bool(layers), plain=plain)
        values = torch.cat([value.flatten(1) for value in (read.values() if layers else [output])], dim=1)
        weights = torch.randn(values.shape[1], generator=torch.Generator().manual_seed(1)).to(values)
        found.append((values.detach(), torch.autograd.grad((values * weights).sum(), pixels)[0]))
    return found


def assert_same(network: Network, images: Tensor, layers: tuple[str, ...] = ()) -> None:
    (values, slope), (right, right_slope) = both(network, images, layers)
    torch.testing.assert_close(values, right)
    torch.testing.assert_close(slope, right_slope)


def chains_of(network: Network, images: Tensor) -> list[str]:
    """Name what is fused: n where a norm follows a convolution, r where a ReLU does, nr for both."""
    _ = network.layout
    with network.quiet():
        chains = network._passes.chains(network.module, network._forward, images, [], False).by_weight.values()
    return [("n" if one.norm else "") + ("r" if one.relu else "") for one in chains]


def own(forward: Callable[[nn.ModuleDict, Tensor], Tensor], seed: int = 0) -> Network:
    """Return a network of a convolution, a norm and a head, with a way through them of its own."""

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleDict({"conv": nn.Conv2d(3, 6, 3), "norm": nn.BatchNorm2d(6), "head": nn.Linear(6, 4)})

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.parts["head"](forward(self.parts, x).mean((2, 3)))
            return found

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = Own().double().eval()
        for value in (module.parts["norm"].running_mean, module.parts["norm"].bias):
            assert isinstance(value, Tensor)
            nn.init.normal_(value)
    return Network(module, size=(12, 16))


@pytest.mark.parametrize("seed", range(40))
def test_a_random_network_gives_the_same_there_and_back(seed: int) -> None:
    network, image = random_network(seed)
    network.module.double()
    # A ReLU in place after a ReLU has no gradient in torch.
    for part in network.module.modules():
        if isinstance(part, nn.ReLU) and seed % 2:
            part.inplace = False
    assert_same(network, random_photos(3, image.shape[1], (image.shape[2], image.shape[3]), seed=seed).double())


@pytest.mark.parametrize("name", ["resnet18", "vgg11_bn", "squeezenet1_0", "densenet121", "mobilenet_v3_small"])
def test_networks_of_torchvision_give_the_same(name: str) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = getattr(torchvision.models, name)(weights=None).double()
    images = random_photos(2, 3, (64, 96)).double()
    network = Network(module, size=(64, 96))
    assert chains_of(network, images)
    assert_same(network, images)


def test_the_bundled_network_gives_the_same_and_nearly_all_of_it_is_fused() -> None:
    network = load(device="cpu")
    images = network.frame([photo("coffee"), photo("cat"), photo("rocket")])
    assert sorted(chains_of(network, images)) == ["n"] * 16 + ["nr"] * 33
    # Four depthwise convolutions lay their border themselves; the first convolution of all is quicker without.
    assert network._passes.learnt[network.module][(False,)].borders == {1, 2, 3, 4}
    (values, _), (right, _) = both(network, images)
    torch.testing.assert_close(values, right, rtol=1e-4, atol=1e-4)
    network.module.double()
    assert_same(network, images.double())


def test_the_gradient_and_its_own_gradient_are_those_of_finite_differences() -> None:
    stream = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 5, 6, generator=stream, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, 2, 3, 3, generator=stream, dtype=torch.float64)
    bias = torch.randn(6, generator=stream, dtype=torch.float64)

    for relu in (None, (0.0, None), (0.0, 6.0)):

        def work(x: Tensor, relu: tuple[float, float | None] | None = relu) -> Tensor:
            return convolve(x, weight, bias, (2, 1), (1, 2), (1, 1), 2, relu)

        assert torch.autograd.gradcheck(work, x)
        assert torch.autograd.gradgradcheck(work, x)


def test_layers_inside_a_chain_are_read_as_they_are() -> None:
    network = small_cnn()
    network.module.double()
    images = random_photos(3).double()
    names = list(network.layers)
    for layers in (*((name,) for name in names), tuple(names[:3]), tuple(reversed(names))):
        assert_same(network, images, layers)


def test_weights_are_seen_as_they_are_now_however_they_were_changed() -> None:
    network, images = own(lambda parts, x: functional.relu(parts["norm"](parts["conv"](x)))), random_photos(3).double()
    images = images[..., :12, :16]
    assert chains_of(network, images) == ["nr"]
    before = network(images)
    norm, conv = network.module.parts["norm"], network.module.parts["conv"]
    for change in (
        lambda: conv.weight.data.mul_(2),
        lambda: norm.running_mean.data.add_(1),
        lambda: norm.bias.data.copy_(torch.rand(6)),
        lambda: setattr(norm, "eps", 0.5),
        lambda: setattr(conv, "weight", nn.Parameter(conv.weight.detach() * 3)),
        lambda: setattr(network.module.parts["norm"], "weight", nn.Parameter(torch.rand(6).double())),
        lambda: setattr(conv, "stride", (2, 2)),
    ):
        change()
        assert_same(network, images)
        assert not torch.equal(network(images), before)


@pytest.mark.parametrize(
    "forward",
    [
        lambda parts, x: (y := parts["conv"](x)) + parts["norm"](y),
        lambda parts, x: (y := parts["norm"](parts["conv"](x))) + functional.relu(y),
        lambda parts, x: functional.relu(y := parts["norm"](parts["conv"](x))) * y.mean(),
        lambda parts, x: parts["norm"](functional.relu(parts["conv"](x))),
        lambda parts, x: functional.relu6(parts["norm"](parts["conv"](x))).mul_(2),
        lambda parts, x: functional.relu6(parts["norm"](parts["conv"](x)), True).flatten(2).mul_(2).unsqueeze(-1),
        lambda parts, x: parts["norm"](parts["conv"](x)).add_(1).relu_(),
        lambda parts, x: functional.hardtanh(parts["norm"](parts["conv"](x)), -1, 1),
        lambda parts, x: functional.hardtanh(parts["norm"](parts["conv"](x)), 0.0, 2.0, True),
        lambda parts, x: torch.cat([y := parts["conv"](x), functional.relu(y)])[: len(x)],
        lambda parts, x: parts["norm"](parts["conv"](x) + parts["conv"](x.flip(-1))),
    ],
)
def test_what_is_read_twice_or_otherwise_is_what_it_would_have_been(forward: Callable[..., Tensor]) -> None:
    images = random_photos(3)[..., :12, :16].double()
    network = own(forward)
    for _ in range(2):
        assert_same(network, images)
    with torch.no_grad():
        torch.testing.assert_close(network(images), network.run(images, plain=True)[0])


def test_a_network_that_goes_another_way_than_was_learnt_is_followed() -> None:
    ways = {
        "usual": lambda parts, x: functional.relu(parts["norm"](parts["conv"](x))),
        "no relu": lambda parts, x: parts["norm"](parts["conv"](x)),
        "no norm": lambda parts, x: functional.relu(parts["conv"](x)),
        "bare": lambda parts, x: parts["conv"](x),
        "other": lambda parts, x: parts["norm"](parts["conv"](x).abs()).relu(),
    }
    images = random_photos(3)[..., :12, :16].double()
    for first in ways:
        now = first
        network = own(lambda parts, x: ways[now](parts, x))
        network(images)
        for other in ways:
            now = other
            assert_same(network, images)


def test_somebody_elses_hooks_see_what_they_would_have_seen() -> None:
    network, images = own(lambda parts, x: functional.relu(parts["norm"](parts["conv"](x)))), random_photos(3).double()
    images, seen = images[..., :12, :16], []
    handle = network.module.parts["conv"].register_forward_hook(
        lambda part, inputs, output: seen.append(output.clone())
    )
    network(images)
    handle.remove()
    conv = network.module.parts["conv"]
    torch.testing.assert_close(seen[-1], conv(images).detach())


def test_a_failure_inside_is_told_as_it_is_and_leaves_nothing() -> None:
    def fails(parts: nn.ModuleDict, x: Tensor) -> Tensor:
        y = parts["conv"](x)
        if failing:
            raise RuntimeError("inside")
        found: Tensor = functional.relu(parts["norm"](y))
        return found

    failing, images = False, random_photos(3)[..., :12, :16].double()
    network = own(fails)
    right = network(images)
    failing = True
    with pytest.raises(RuntimeError, match="inside"):
        network(images)
    failing = False
    assert torch._C._len_torch_function_stack() == 0
    assert torch.equal(network(images), right)


def test_half_of_the_numbers_in_another_precision_are_left_alone() -> None:
    network, images = small_cnn(), random_photos(3)
    network(images)
    network.module.bfloat16()
    assert network(images).dtype == torch.bfloat16


def test_hooks_into_all_modules_see_what_they_would_have_seen() -> None:
    network, images = small_cnn(), random_photos(3)
    network(images)
    seen: list[str] = []
    handle = nn.modules.module.register_module_forward_hook(
        lambda part, inputs, output: seen.append(type(part).__name__) if (output > 0).any() else None
    )
    try:
        network(images)
    finally:
        handle.remove()
    assert seen
    assert network._passes.learnt[network.module][(False,)]  # nothing was forgotten


class Bordered(nn.Module):
    """A border, a depthwise convolution, a norm and a head, with a way through them of its own."""

    def __init__(self, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.conv = nn.Conv2d(3, 6, kernel, stride, padding, groups=3)
            self.norm = nn.BatchNorm2d(6)
            self.head = nn.Linear(6, 4)
            nn.init.normal_(self.norm.bias)
        self.border = (0, 1, 1, 2)
        self.way = lambda x: self.norm(self.conv(x))

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(self.way(functional.pad(x, self.border)).relu().mean((2, 3)))
        return found


def borders_of(network: Network, images: Tensor) -> set[int]:
    chains_of(network, images)
    return network._passes.learnt[network.module][(False,)].borders


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (5, 2, 0), (3, 1, 1), (2, 3, 0), (1, 1, 0)])
@pytest.mark.parametrize("border", [(0, 1, 0, 1), (1, 0, 2, 0), (1, 1, 2, 2), (0, 0, 0, 3), (2, 5, 0, 1)])
def test_a_border_is_laid_by_the_convolution_itself(
    kernel: int, stride: int, padding: int, border: tuple[int, int, int, int]
) -> None:
    module = Bordered(kernel, stride, padding).double()
    module.border = border
    network, images = Network(module, size=(12, 16)), random_photos(3)[..., :12, :16].double()
    assert borders_of(network, images) == {0}
    assert_same(network, images)
    module.border = border[::-1]  # another than was learnt
    assert_same(network, images)
    assert borders_of(network, images) == {0}


def test_a_border_that_others_see_too_is_there_for_them() -> None:
    module = Bordered(3, 2, 0).double()
    network, images = Network(module, size=(12, 16)), random_photos(3)[..., :12, :16].double()
    usual = module.way
    ways: list[Callable[[Tensor], Tensor]] = [
        usual,
        lambda x: usual(x) + x.mean(),
        lambda x: x.abs().mean() * usual(x),
        lambda x: usual(x * 2),
        lambda x: x.repeat(1, 2, 1, 1),
        lambda x: functional.conv2d(x, module.conv.weight, None, 2, 0, 2, 3),
    ]
    for first in ways:
        # As it is learnt, and then every other way.
        module.way, network = first, Network(module, size=(12, 16))
        assert borders_of(network, images) == ({0} if first is usual else set())
        for other in ways:
            module.way = other
            assert_same(network, images)
    assert borders_of(network, images) == set()


@pytest.mark.parametrize("mode", [{"mode": "reflect"}, {"value": 1.0}, {"mode": "constant", "value": 0.0}])
def test_a_border_of_another_kind_stays_what_it_is(mode: dict[str, Any]) -> None:
    module = Bordered(3, 2, 0).double()
    lay = functional.pad
    module.forward = lambda x: module.head(module.way(lay(x, (0, 1, 1, 2), **mode)).relu().mean((2, 3)))
    network, images = Network(module, size=(12, 16)), random_photos(3)[..., :12, :16].double()
    assert borders_of(network, images) == ({0} if mode.get("value") == 0.0 else set())
    assert_same(network, images)


def test_passes_made_while_the_network_is_held_fold_its_weights_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = small_cnn(), random_photos(7)
    network.module.double()
    images = images.double()
    right = network.run(images, plain=True)[0].detach()
    folds: list[Norm] = []
    fold = Norm.folded
    monkeypatch.setattr(Norm, "folded", lambda norm, *given: folds.append(norm) or fold(norm, *given))
    with network.quiet():
        with torch.inference_mode():
            said = [network.scores(images)]
        said.append(network.scores_in_parts(images, 3))
        slope = network.score_gradient(images, torch.arange(7) % 5)
    once = len(folds)
    torch.testing.assert_close(said, [right, right])
    assert once == len(set(map(id, folds))) > 0
    network.module.conv1.weight.data.mul_(2)
    assert_same(network, images)
    assert len(folds) == 2 * once
    assert not torch.allclose(network.score_gradient(images, torch.arange(7) % 5), slope)
    assert network._passes.folded is None


def test_a_job_finds_the_weights_it_folded_at_each_step_unless_they_were_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, images = small_cnn(), random_photos(4)
    conv, norm = network.module.conv1, network.module.norm
    folds: list[Norm] = []
    fold = Norm.folded
    monkeypatch.setattr(Norm, "folded", lambda norm, *given: folds.append(norm) or fold(norm, *given))
    kept: Folded = {}

    def step() -> int:
        folds.clear()
        with network.quiet(kept):
            found = network.scores(images)
        torch.testing.assert_close(found, network.run(images, plain=True)[0])
        return len(folds)

    assert (step(), step()) == (1, 0)
    for change in (
        lambda: conv.weight.mul_(2),
        lambda: norm.running_mean.add_(1),
        lambda: norm.bias.copy_(torch.rand_like(norm.bias)),
        lambda: setattr(conv.weight, "data", torch.rand_like(conv.weight)),
    ):
        with torch.no_grad():
            change()
        assert (step(), step()) == (1, 0)
    assert network._passes.folded is None


def test_a_network_that_is_held_is_not_put_into_evaluation_mode_again_and_comes_back_as_it_was() -> None:
    network = small_cnn()
    network.module.train()
    with pytest.raises(ValueError, match="inside"), network.quiet():
        network(random_photos(3))
        assert not network.module.training
        assert not any(weight.requires_grad for weight in network.module.parameters())
        raise ValueError("inside")
    assert all(part.training for part in network.module.modules())
    assert all(weight.requires_grad for weight in network.module.parameters())
