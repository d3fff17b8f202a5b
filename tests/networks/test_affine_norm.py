import pytest
import torch
from torch import nn
from torch.nn import functional

from seethrough.networks.affine_norm import AffineBatchNorm


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("dimensions", [0, 1, 2, 3])
def test_it_computes_what_torch_computes_with_the_same_gradient(dimensions: int, affine: bool) -> None:
    kinds = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
    norm = kinds[dimensions](6, affine=affine).double().eval()
    generator = torch.Generator().manual_seed(0)
    for name, value in norm.state_dict().items():
        if value.is_floating_point():
            norm.state_dict()[name].copy_(torch.rand(6, generator=generator, dtype=torch.float64) + 0.5)
    x = torch.randn(3, 6, *(4, 5, 2)[:dimensions], generator=generator, dtype=torch.float64, requires_grad=True)
    expected = norm(x)
    with AffineBatchNorm():
        found = norm(x)
    torch.testing.assert_close(found, expected)
    slope = torch.randn(expected.shape, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(*(torch.autograd.grad(output, x, slope)[0] for output in (found, expected)))


def test_training_and_batches_own_statistics_and_half_precision_are_left_to_torch() -> None:
    x = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    training, without = nn.BatchNorm2d(3), nn.BatchNorm2d(3, track_running_stats=False).eval()
    twin = nn.BatchNorm2d(3)
    with AffineBatchNorm():
        torch.testing.assert_close(training(x), twin(x))
        torch.testing.assert_close(without(x), functional.batch_norm(x, None, None, training=True))
        half = nn.BatchNorm2d(3).eval().to(torch.bfloat16)
        assert half(x.bfloat16()).dtype == torch.bfloat16
    torch.testing.assert_close(training.running_mean, twin.running_mean)
