"""EfficientNet-Lite0 as TensorFlow trained it: the bundled network's architecture."""

from collections import OrderedDict
from collections.abc import Iterator

from torch import Tensor, nn

SIZE, RESIZE = 224, 256
MEAN = STD = (0.5, 0.5, 0.5)
STAGES = (  # blocks, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EPS = 1e-3  # TensorFlow's


class Conv2dSame(nn.Conv2d):
    """A convolution whose border is as wide as the size of its input asks, wider at the end where it is uneven."""

    def forward(self, maps: Tensor) -> Tensor:
        """Lay zeros around the maps, then go over them."""
        borders: list[int] = []
        for size, kernel, stride in zip(maps.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            lacking = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            borders += [lacking // 2, lacking - lacking // 2]
        return super().forward(nn.functional.pad(maps, borders))


class NormAct(nn.BatchNorm2d):
    """Batch norm and, under a name of its own, the ReLU6 that follows."""

    def __init__(self, channels: int) -> None:
        """Take TensorFlow's epsilon."""
        super().__init__(channels, eps=EPS)
        self.act = nn.ReLU6(inplace=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the activations."""
        activations: Tensor = self.act(super().forward(maps))
        return activations


class Separable(nn.Module):
    """The first block: a depthwise convolution, then one of 1 x 1."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int) -> None:
        """Name the layers as timm does."""
        super().__init__()
        self.conv_dw = _depthwise(channels, kernel, stride)
        self.bn1 = NormAct(channels)
        self.conv_pw = _pointwise(channels, out)
        self.bn2 = nn.BatchNorm2d(out, eps=EPS)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the block's maps."""
        result: Tensor = self.bn2(self.conv_pw(self.bn1(self.conv_dw(maps))))
        return result


class InvertedResidual(nn.Module):
    """Widen, go over each map alone, narrow; add what came in where it has the same shape (Sandler et al. 2018)."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        """Name the layers as timm does."""
        super().__init__()
        wide = channels * expansion
        self.adds = stride == 1 and channels == out
        self.conv_pw = _pointwise(channels, wide)
        self.bn1 = NormAct(wide)
        self.conv_dw = _depthwise(wide, kernel, stride)
        self.bn2 = NormAct(wide)
        self.conv_pwl = _pointwise(wide, out)
        self.bn3 = nn.BatchNorm2d(out, eps=EPS)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the block's maps."""
        result: Tensor = self.bn3(self.conv_pwl(self.bn2(self.conv_dw(self.bn1(self.conv_pw(maps))))))
        return result + maps if self.adds else result


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 for normalised RGB pixels of 224 x 224 (Tan & Le 2019; Lite: no gates, ReLU6), layers as in timm.

    Built here because importing timm takes longer than all else that a first answer needs.

    >>> EfficientNetLite0()(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 1000])
    """

    def __init__(self, classes: int = 1000) -> None:
        """Build the layers in the order they run."""
        super().__init__()
        self.conv_stem = Conv2dSame(3, 32, 3, stride=2, bias=False)
        self.bn1 = NormAct(32)
        self.blocks = nn.Sequential(*_stages(32))
        self.conv_head = _pointwise(320, 1280)
        self.bn2 = NormAct(1280)
        self.global_pool = nn.Sequential(OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten()))
        self.classifier = nn.Linear(1280, classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the scores of the classes."""
        maps = self.blocks(self.bn1(self.conv_stem(pixels)))
        scores: Tensor = self.classifier(self.global_pool(self.bn2(self.conv_head(maps))))
        return scores


def _stages(channels: int) -> Iterator[nn.Sequential]:
    for blocks, kernel, stride, expansion, out in STAGES:
        stage = nn.Sequential()
        for index in range(blocks):
            step = stride if index == 0 else 1
            stage.append(
                Separable(channels, out, kernel, step)
                if expansion == 1
                else InvertedResidual(channels, out, kernel, step, expansion)
            )
            channels = out
        yield stage


def _depthwise(channels: int, kernel: int, stride: int) -> nn.Conv2d:
    if stride == 1:
        return nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False)
    return Conv2dSame(channels, channels, kernel, stride=stride, groups=channels, bias=False)


def _pointwise(channels: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 1, bias=False)
