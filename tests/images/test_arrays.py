import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, integer_dtypes, scalar_dtypes
from torch import Tensor

from seethrough.errors import UserError
from seethrough.images.arrays import from_array, in_range

RNG = np.random.default_rng(0)


def picture(*shape: int) -> np.ndarray:
    return RNG.random(shape, dtype=np.float32)


@pytest.mark.parametrize("channels", [1, 3])
def test_every_layout_of_a_picture_reads_as_the_same_image(channels: int) -> None:
    planes = picture(channels, 40, 56)
    rows = np.moveaxis(planes, 0, 2)
    expected = torch.from_numpy(planes.copy())
    for source in (planes, rows, planes[None], rows[None], np.asfortranarray(rows)):
        torch.testing.assert_close(from_array(source, "photo"), expected, rtol=0, atol=0)
        torch.testing.assert_close(from_array(torch.from_numpy(source.copy()), "photo"), expected, rtol=0, atol=0)


def test_a_plane_alone_gets_its_channel() -> None:
    plane = picture(40, 56)
    assert from_array(plane, "photo").equal(torch.from_numpy(plane)[None])
    assert from_array(torch.from_numpy(plane), "photo").equal(torch.from_numpy(plane)[None])


def test_where_both_orders_fit_arrays_end_and_tensors_begin_with_channels() -> None:
    both = picture(3, 5, 3)
    assert from_array(both, "photo").equal(torch.from_numpy(both).permute(2, 0, 1))
    assert from_array(torch.from_numpy(both), "photo").equal(torch.from_numpy(both))


def test_views_that_run_backwards_and_foreign_byte_orders_are_read() -> None:
    rows = RNG.integers(0, 65536, (6, 7, 3), dtype=np.uint16)
    expected = torch.from_numpy(rows.astype(np.float32) / np.float32(65535)).permute(2, 0, 1)
    assert from_array(rows.astype(">u2"), "photo").equal(expected)
    assert from_array(rows[::-1, ::-1], "photo").equal(expected.flip(1, 2))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (np.array([[0, 51, 255]], np.uint8), [0, 0.2, 1]),
        (np.array([[0, 13107, 65535]], np.uint16), [0, 0.2, 1]),
        (np.array([[0, 51, 255]], np.int16), [0, 0.2, 1]),
        (np.array([[0, 51, 255]], np.int64), [0, 0.2, 1]),
        (np.array([[0, 51, 255]], np.uint32), [0, 0.2, 1]),
        (np.array([[False, True]]), [0, 1]),
        (np.array([[0, 0.25, 1]], np.float16), [0, 0.25, 1]),
        (np.array([[0, 0.1, 1]], np.float64), [0, 0.1, 1]),
        (torch.tensor([[0, 51, 255]], dtype=torch.uint8), [0, 0.2, 1]),
        (torch.tensor([[0, 13107, 65535]]).to(torch.uint16), [0, 0.2, 1]),
        (torch.tensor([[0, 51, 255]]), [0, 0.2, 1]),
        (torch.tensor([[False, True]]), [0, 1]),
        (torch.tensor([[0, 0.25, 1]], dtype=torch.bfloat16), [0, 0.25, 1]),
        (torch.tensor([[0, 0.25, 1]]).to(torch.float8_e4m3fn), [0, 0.25, 1]),
        (torch.tensor([[0, 0.25, 1]], dtype=torch.float64, requires_grad=True), [0, 0.25, 1]),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_each_type_has_its_white(levels: np.ndarray | Tensor, expected: list[float]) -> None:
    found = from_array(levels, "photo")
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert found.equal(torch.tensor([[expected]]))


def test_all_8_bit_levels_are_exact() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = torch.arange(256, dtype=torch.float64).div(255).float().reshape(1, 16, 16)
    assert from_array(levels, "photo").equal(expected)


def test_alpha_is_laid_over_white() -> None:
    colour, alpha = picture(3, 4, 5).astype(np.float64), picture(1, 4, 5).astype(np.float64)
    for count in (1, 3):
        found = from_array(np.concatenate([colour[:count], alpha]), "photo")
        expected = colour[:count] - (colour[:count] - 1) * (1 - alpha)
        assert found.shape == (count, 4, 5)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_opaque_pixels_keep_their_value_and_clear_ones_are_white() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    opaque = np.concatenate([levels, np.full((256, 1, 1), 255, np.uint8)], axis=2)
    clear = np.concatenate([levels, np.zeros((256, 1, 1), np.uint8)], axis=2)
    assert from_array(opaque, "photo").equal(from_array(levels, "photo"))
    assert from_array(clear, "photo").equal(torch.ones(3, 256, 1))


@pytest.mark.parametrize("source", [picture(3, 4, 5), torch.rand(3, 4, 5), torch.rand(1, 3, 4, 5).double()])
def test_the_source_is_neither_changed_nor_shared(source: np.ndarray | Tensor) -> None:
    before = source.copy() if isinstance(source, np.ndarray) else source.clone()
    from_array(source, "photo").zero_()
    assert (source == before).all()


def test_a_read_only_array_is_read_and_its_image_can_be_written() -> None:
    source = np.frombuffer(bytes(range(48)), np.uint8).reshape(4, 4, 3)
    from_array(source, "photo").zero_()


def test_rounding_beyond_white_is_clamped() -> None:
    found = from_array(np.array([[-1e-7, 1 + 1e-7]]), "photo")
    assert found.equal(torch.tensor([[[0.0, 1.0]]]))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (np.zeros((5, 40, 56)), r"^photo has 5 channels \(shape \(5, 40, 56\)\); right: 1 or 3, or 2 or 4 with alpha$"),
        (torch.zeros(40, 56, 7), r"^photo has 7 channels \(shape \(40, 56, 7\)\)"),
        (torch.zeros(2, 3, 40, 56), r"^photo has shape \(2, 3, 40, 56\), 2 pictures; right would be one at a time$"),
        (np.zeros(7), r"^photo has shape \(7,\); right would be \[C, H, W\], \[H, W, C\] or \[H, W\]$"),
        (np.array(0.5), r"shape \(\)"),
        (np.zeros((1, 1, 3, 4, 5)), r"shape \(1, 1, 3, 4, 5\)"),
        (np.zeros((0, 56, 3)), r"^photo is empty: its shape is \(0, 56, 3\)$"),
        (torch.zeros(3, 40, 0), "empty"),
        (np.full((4, 4), np.nan), "^photo has 16 of 16 values that are NaN or infinite"),
        (torch.tensor([[0.5, float("inf")]]), "^photo has 1 of 2 values that are NaN or infinite"),
        (torch.tensor([[0.5, float("nan")]]).bfloat16(), "1 of 2 values that are NaN"),
        (np.array([[0.0, 255.0]]), r"^photo has values from 0 to 255; right: \[0, 1\]; divide by 255$"),
        (np.array([[3.0, 65535.0]]), "from 3 to 65535; .*divide by 65535"),
        (np.array([[0.0, 1e9]]), "divide by the value that means white"),
        (np.array([[-1.0, 1.0]]), r"from -1 to 1; .*\(x \+ 1\) / 2"),
        (torch.tensor([[-2.1, 2.6]]), r"from -2.1 to 2.6; .*x \* std \+ mean"),
        (np.array([[-0.02, 1.03]]), "from -0.02 to 1.03; .*clamp"),
        (np.array([[-1, 255]]), "^photo has integers from -1 to 255; right: 0 to 255"),
        (np.array([[0, 65535]]), "integers from 0 to 65535; .*uint16"),
        (np.array([[0, 2**63]], np.uint64), f"integers from 0 to {2**63}"),
        (np.array([[1j]]), "type complex128"),
        (torch.tensor([[1j]]), "type complex64"),
        (np.array([["a"]]), "type <U1"),
        (np.array([[None]]), "type object"),
    ],
    ids=str,
)
def test_what_is_no_picture_is_one_line(source: np.ndarray | Tensor, line: str) -> None:
    with pytest.raises(UserError, match=line) as caught:
        from_array(source, "photo")
    assert "\n" not in str(caught.value)


@given(arrays(scalar_dtypes() | integer_dtypes(), st.lists(st.integers(0, 5), max_size=5).map(tuple)))
def test_any_array_is_an_image_in_range_or_one_line(source: np.ndarray) -> None:
    try:
        found = from_array(source, "photo")
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert found.ndim == 3
        assert found.shape[0] in (1, 3)
        assert 0 <= found.min() <= found.max() <= 1


def test_in_range_always_copies() -> None:
    values = picture(2, 3)
    assert not np.shares_memory(in_range(values, "photo"), values)
