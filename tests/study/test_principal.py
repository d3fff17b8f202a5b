import pytest
import torch
from sklearn.decomposition import PCA

from seethrough.study.principal import principal_components


@pytest.mark.parametrize("shape", [(40, 7), (9, 30)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_components_and_shares_are_those_of_scikit_learn(shape: tuple[int, int], dtype: torch.dtype) -> None:
    rows = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=dtype) * torch.arange(1, shape[1] + 1)
    found, shares = principal_components(rows, 5)
    model = PCA(5, svd_solver="full").fit(rows.double().numpy())
    expected = torch.from_numpy(model.transform(rows.double().numpy()))
    signs = (found * expected).sum(0).sign()
    tight = {"rtol": 1e-9, "atol": 1e-8} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-3}
    torch.testing.assert_close(found, expected * signs, **tight)
    torch.testing.assert_close(shares, torch.from_numpy(model.explained_variance_ratio_), rtol=1e-5, atol=1e-7)


def test_the_sign_is_that_of_the_largest_number() -> None:
    rows = torch.randn(20, 4, generator=torch.Generator().manual_seed(1))
    found = principal_components(rows, 4)[0]
    assert (found.gather(0, found.abs().argmax(0, keepdim=True)) > 0).all()
    torch.testing.assert_close(principal_components(rows.flip(0), 4)[0].flip(0), found, rtol=1e-4, atol=1e-4)


def test_beyond_the_rank_there_is_nothing() -> None:
    line = torch.outer(torch.arange(5.0), torch.tensor([3.0, 4.0]))
    found, shares = principal_components(line, 3)
    torch.testing.assert_close(found[:, 0].abs().float(), 5 * torch.tensor([2.0, 1, 0, 1, 2]))
    assert found[:, 1:].abs().max() < 1e-3 and shares.tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    still, none = principal_components(torch.ones(4, 3), 2)
    assert still.abs().max() == 0 and none.tolist() == [0, 0]
