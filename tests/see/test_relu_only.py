"""Every activation that is no ReLU is refused by name, and nothing that is none is refused."""

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.networks.network import Network
from seethrough.see.relu_rules import Rule
from tests.nets import random_photos
from tests.see.test_relu_rules import Act, both_rules, by_rule, own, slots

BY_HAND: dict[str, tuple[Act, str]] = {
    "silu": (lambda x: x * torch.sigmoid(x), r"x \* sigmoid\(x\) or the like"),
    "silu in place": (lambda x: x.mul_(x.sigmoid()), r"x \* sigmoid\(x\) or the like"),
    "silu by exp": (lambda x: x / (1 + torch.exp(-x)), r"x \* sigmoid\(x\) or the like"),
    "quick gelu": (lambda x: torch.sigmoid(1.702 * x) * x, r"x \* sigmoid\(x\) or the like"),
    "hard swish": (lambda x: x * functional.relu6(x + 3) / 6, r"x \* sigmoid\(x\) or the like"),
    "gelu": (lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)), "torch.erf"),
    "mish": (lambda x: x * torch.tanh(functional.softplus(x)), "Tanh|Softplus"),
    "relu by mask": (lambda x: x * (x > 0), "a product with a mask"),
    "relu by where": (lambda x: torch.where(x > 0, x, 0.0), "torch.where"),
    "relu by abs": (lambda x: (x + x.abs()) / 2, "torch.abs"),
    "own function": (own("plain"), "OwnRelu, an autograd function of its own that one cannot see into"),
    "aten in place on a view": (
        lambda x: torch.ops.aten.relu_.default(x.view(-1)).view_as(x),
        "an operation in place on part of a tensor, which hides what it does",
    ),
}
OTHERS: dict[str, tuple[Act, str]] = {
    "silu": (functional.silu, "SiLU"),
    "silu in place": (lambda x: functional.silu(x, inplace=True), "SiLU"),
    "gelu": (functional.gelu, "GELU"),
    "hardswish": (functional.hardswish, "Hardswish"),
    "mish": (functional.mish, "Mish"),
    "elu": (functional.elu, "ELU"),
    "elu in place": (functional.elu_, "ELU"),
    "celu": (functional.celu, "CELU"),
    "selu": (functional.selu, "SELU"),
    "leaky": (functional.leaky_relu, "LeakyReLU"),
    "leaky in place": (functional.leaky_relu_, "LeakyReLU"),
    "prelu": (lambda x: functional.prelu(x, torch.tensor([0.2]).to(x)), "PReLU"),
    "rrelu": (functional.rrelu, "RReLU"),
    "softplus": (functional.softplus, "Softplus"),
    "tanh": (torch.tanh, "Tanh"),
    "hardtanh": (functional.hardtanh, "Hardtanh"),
    "threshold": (lambda x: functional.threshold(x, 0.5, 0), "Threshold"),
    "softsign": (functional.softsign, "torch.abs"),
    "logsigmoid": (functional.logsigmoid, "LogSigmoid"),
    "sigmoid": (torch.sigmoid, "Sigmoid"),
    "hardsigmoid": (functional.hardsigmoid, "Hardsigmoid"),
}


@both_rules
@pytest.mark.parametrize("written", [*OTHERS, *(f"{name} by hand" for name in BY_HAND)])
def test_any_other_activation_is_refused_by_name(written: str, rule: Rule) -> None:
    act, named = BY_HAND[written.removesuffix(" by hand")] if written.endswith("by hand") else OTHERS[written]
    network, images = slots(act), random_photos(1, 2, (8, 10)).double()
    words = rf"guided backprop and deconvnet are for ReLU networks; slots uses ({named}); try smooth-grad$"
    with pytest.raises(UserError, match=words) as caught:
        by_rule(network, images, rule, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (nn.SiLU(), "SiLU"), (nn.GELU(), "GELU"), (nn.Hardswish(), "Hardswish"), (nn.Mish(), "Mish"), (nn.ELU(), "ELU"),
        (nn.CELU(), "CELU"), (nn.SELU(), "SELU"), (nn.LeakyReLU(), "LeakyReLU"), (nn.PReLU(), "PReLU"), (nn.Tanh(), "Tanh"),
        (nn.RReLU(), "RReLU"), (nn.Softplus(), "Softplus"), (nn.Sigmoid(), "Sigmoid"), (nn.LogSigmoid(), "LogSigmoid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_layer_that_is_no_relu_is_named(act: nn.Module, named: str) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), act, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    if named not in ("Sigmoid",):
        module.insert(1, nn.ReLU())  # one that is does not hide one that is not
    place = list(module).index(act)
    with pytest.raises(UserError, match=rf"net uses {named} \(layer {place}\); try smooth-grad"):
        by_rule(Network(module, size=(12, 14), name="net"), random_photos(1, 3, (12, 14)), "guided", 0)


def test_a_real_network_with_silu_is_refused_with_its_layer() -> None:
    with torch.random.fork_rng():
        module = timm.create_model("efficientnet_b0").eval()
    network = Network(module, size=64, name="timm:efficientnet_b0")
    words = r"timm:efficientnet_b0 uses SiLU \(layer bn1\.act\)"
    with pytest.raises(UserError, match=words):
        by_rule(network, random_photos(1, 3, (64, 64)), "guided", 1)
    assert by_rule(network, random_photos(1, 3, (64, 64)), "guided", unit="conv_stem:3").any()


def test_only_what_lies_between_the_pixels_and_the_number_is_judged() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3), nn.Linear(4, 3)
            self.width, self.relu = nn.Parameter(torch.tensor(0.3)), nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            x = self.relu(self.relu(self.conv1(x))) * functional.softplus(self.width)
            x = self.conv2(x)
            return self.head(functional.silu(x).mean((2, 3)))

    network, images = Network(Mixed(), size=(12, 14), name="mixed"), random_photos(1, 3, (12, 14))
    slope = by_rule(network, images, "guided", unit="conv2:1")
    assert slope.any() and not torch.equal(slope, by_rule(network, images, "plain", unit="conv2:1"))
    with pytest.raises(UserError, match="mixed uses SiLU; try"):
        by_rule(network, images, "guided", 1)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_scripted_part_is_right_at_first_and_refused_once_torch_has_made_one_operation_of_it() -> None:
    def written(x: Tensor) -> Tensor:
        return torch.relu(x * 2 + 1) * 2

    relu, images = own("guided"), random_photos(1, 2, (8, 10)).double()
    expected = slots(lambda x: relu(x * 2 + 1) * 2).score_gradient(images, torch.tensor([1]))
    scripted = slots(torch.jit.script(written))
    torch.testing.assert_close(by_rule(scripted, images, "guided", 1), expected, rtol=1e-10, atol=1e-12)

    def joined(x: Tensor) -> Tensor:
        return (torch.relu(x * 2 + 1) * 2).flatten(1)

    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = torch.jit.script(joined)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.part(x)
            return found

    network = Network(Scripted(), size=(8, 10), channels=2, name="scripted")
    for _ in range(3):
        network.run(images.clone().requires_grad_(), plain=True)
    with pytest.raises(UserError, match="scripted uses a compiled part that one cannot see into; try smooth-grad"):
        by_rule(network, images, "guided", 1)


@pytest.mark.parametrize("act", [nn.SiLU(inplace=True), nn.ELU(inplace=True)])
def test_an_activation_in_place_on_a_view_is_named_too(act: Act) -> None:
    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4 * 10 * 12, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x).relu().transpose(1, 2)
            act(x)
            return self.head(x.flatten(1))

    with pytest.raises(UserError, match=r"views uses (SiLU|ELU); try"):
        by_rule(Network(Views(), size=(12, 14), name="views"), random_photos(1, 3, (12, 14)), "guided", 0)


def test_silu_by_hand_in_place_on_a_view_is_named_too() -> None:
    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4 * 10 * 12, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x).relu().transpose(1, 2)
            x *= x.sigmoid()
            return self.head(x.flatten(1))

    with pytest.raises(UserError, match=r"views uses x \* sigmoid\(x\) or the like; try"):
        by_rule(Network(Views(), size=(12, 14), name="views"), random_photos(1, 3, (12, 14)), "guided", 0)
