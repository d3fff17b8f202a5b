import torch

from seethrough.networks.network import Network
from seethrough.networks.small.linear import linear


def test_it_is_one_product_with_all_pixels() -> None:
    module = linear(3, (40, 56), 5)
    pixels = torch.rand(2, 3, 40, 56, generator=torch.Generator().manual_seed(0))
    by_hand = torch.einsum("bchw,kchw->bk", pixels, module.linear.weight.view(5, 3, 40, 56)) + module.linear.bias
    torch.testing.assert_close(module(pixels), by_hand)
    counts = Network(module, size=(40, 56)).totals()
    assert counts["fully connected"] == {"parameters": 3 * 40 * 56 * 5 + 5, "neurons": 5} == counts["total"]
