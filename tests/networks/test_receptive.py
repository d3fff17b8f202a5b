"""Receptive fields are held against gradients: in a network of positive weights a unit's field is where its slope is not 0."""

import random

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.networks.layers import Layer, trace_layers

SIDE = 96


def positive(module: nn.Module) -> nn.Module:
    """Make every weight positive, so that no two paths cancel out."""
    for name, weight in module.double().eval().named_parameters():
        weight.data = torch.full_like(weight, 0.5) if name.endswith("weight") else torch.full_like(weight, 0.1)
    return module


def seen(module: nn.Module, y: int, x: int) -> tuple[int, int, int, int]:
    """Return the box of pixels that move the unit at (y, x)."""
    torch.manual_seed(0)
    image = torch.rand(1, 3, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(module(image)[0, :, y, x].sum(), image)
    rows, columns = slope[0].abs().sum(0).nonzero().unbind(1)
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def last_layer(module: nn.Module) -> Layer:
    image = torch.rand(1, 3, SIDE, SIDE, dtype=torch.float64)
    return list(trace_layers(module, image, module).values())[-1]


class Two(nn.Module):
    """Two ways side by side, joined by `how`."""

    def __init__(self, first: nn.Module, second: nn.Module, how: str) -> None:
        super().__init__()
        self.first, self.second, self.how, self.end = first, second, how, nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x), self.second(x)
        if self.how == "add":
            a += b
            return self.end(a)
        return self.end(torch.cat([a, b], 1) if self.how == "cat" else a * b)


class Functional(nn.Module):
    """No module for anything but the end: the operations themselves must be followed."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3, 3, 3))
        self.end = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, (1, 2, 0, 3))
        x = functional.conv2d(x, self.weight, stride=2, dilation=2)
        x = functional.max_pool2d(torch.relu_(x), 3, stride=2, padding=1)
        x = functional.avg_pool2d(x, (2, 1))
        return self.end(x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2))


def random_stack(seed: int) -> nn.Module:
    """Return a random small stack of convolutions and pooling, sometimes with a branch."""
    draw = random.Random(seed)
    parts: list[nn.Module] = []
    channels = 3
    for _ in range(draw.randint(1, 4)):
        kernel = (draw.choice([1, 2, 3, 5]), draw.choice([1, 3, 4]))
        margin = (kernel[0] // 2, kernel[1] // 2)
        kind = draw.choice(["conv", "conv", "max", "avg", "two"])
        if kind == "conv":
            step, dilation = draw.choice([1, 2]), draw.choice([1, 1, 2])
            parts.append(nn.Conv2d(channels, 4, kernel, stride=step, padding=draw.choice([0, 1]), dilation=dilation))
            channels = 4
        elif kind == "two":
            odd = draw.choice([1, 3, 5])
            parts.append(
                Two(
                    nn.Conv2d(channels, 4, odd, padding=odd // 2),
                    nn.Conv2d(channels, 4, 3, padding="same"),
                    draw.choice(["add", "cat", "mul"]),
                )
            )
            channels = 8 if parts[-1].how == "cat" else 4
        elif kind == "max":
            parts.append(nn.MaxPool2d(kernel, stride=draw.choice([1, 2]), padding=margin))
        else:
            parts.append(nn.AvgPool2d(kernel, stride=draw.choice([1, 2])))
    return nn.Sequential(*parts)


@pytest.mark.parametrize("seed", range(25))
def test_the_field_of_a_random_stack_is_where_its_gradient_is(seed: int) -> None:
    # Average pooling in place of the maximum: the maximum's slope shows one pixel of its window only.
    module = positive(random_stack(seed))
    layer = last_layer(module)
    for part in list(module.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, nn.MaxPool2d):
                setattr(part, name, nn.AvgPool2d(child.kernel_size, child.stride, child.padding))
    assert layer.field is not None
    y, x = layer.shape[1] // 2, layer.shape[2] // 2
    top, left, bottom, right = layer.field.box(y, x)
    clipped = (max(top, 0), max(left, 0), min(bottom, SIDE), min(right, SIDE))
    assert seen(module, y, x) == clipped


def test_operations_without_modules_are_followed() -> None:
    layer = last_layer(Functional().double())
    # pad: start (0, -1). conv 3, dilation 2, step 2: size 5. max pool 3 / 2, pad 1: 5 + 2*2 = 9, start -2 and -3.
    # avg pool (2, 1) on stride 4: 9 + 4 = 13 by 9, stride (8, 4).
    assert layer.field is not None
    assert (layer.field.size, layer.field.stride, layer.field.start) == ((13, 9), (8, 4), (-2, -3))


def test_global_pooling_sees_the_whole_image_and_so_does_what_it_gates() -> None:
    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.squeeze, self.end = nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            return self.end(x * self.squeeze(x).sigmoid())

    layers = trace_layers(module := Gate().double(), torch.rand(1, 3, 20, 30, dtype=torch.float64), module)
    for name in ("squeeze", "end"):
        field = layers[name].field
        assert field is not None
        assert field.box(7, 3) == (0, 0, 20, 30)


def test_a_vector_after_flattening_sees_all_and_attention_is_not_guessed_at() -> None:
    head = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 18 * 28, 5)).double()
    layers = trace_layers(head, torch.rand(1, 3, 20, 30, dtype=torch.float64), head)
    assert layers["1"].field is None
    assert layers["2"].field is not None and layers["2"].field.stride == (0, 0)

    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches, self.norm, self.end = nn.Conv2d(3, 8, 4, stride=4), nn.LayerNorm(8), nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            tokens = self.norm(self.patches(x).flatten(2).transpose(1, 2))
            return self.end(functional.scaled_dot_product_attention(tokens, tokens, tokens))

    layers = trace_layers(module := Attends(), torch.rand(1, 3, 16, 24), module)
    assert layers["patches"].field is not None
    assert layers["norm"].field is None and layers["end"].field is None
