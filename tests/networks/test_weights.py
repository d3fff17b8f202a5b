import argparse
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor, nn

from seethrough.errors import UserError
from seethrough.networks.weights import NESTS, put_weights, read_weights


def small_network(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, classes))


def write(state: object, path: Path, legacy: bool = False) -> Path:
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_weights(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


class RunsCode:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth", "a.pt", "a.bin", "a.ckpt", "a.PTH"])
def test_every_kind_of_file_gives_back_exactly_what_was_saved(name: str, tmp_path: Path) -> None:
    state = small_network().state_dict()
    found = read_weights(write(dict(state), tmp_path / name))
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], state[key]) for key in state)


def test_the_format_of_torch_before_1_6_is_read(tmp_path: Path) -> None:
    state = small_network().state_dict()
    found = read_weights(write(OrderedDict(state), tmp_path / "old.pth", legacy=True))
    assert all(torch.equal(found[key], state[key]) for key in state)


@pytest.mark.parametrize("nest", NESTS)
def test_a_checkpoint_is_unwrapped(nest: str, tmp_path: Path) -> None:
    path = write({"epoch": 3, "optimizer": {"lr": 0.1}, nest: {"w": torch.ones(2)}}, tmp_path / "a.pth")
    assert read_weights(path).keys() == {"w"}


def test_nests_and_prefixes_fall_together(tmp_path: Path) -> None:
    inner = {"module._orig_mod.w": torch.ones(2), "module._orig_mod.b": torch.ones(1)}
    path = write({"model": {"state_dict": inner}}, tmp_path / "a.pth")
    assert read_weights(path).keys() == {"w", "b"}


def test_a_prefix_that_only_some_names_bear_is_part_of_the_name(tmp_path: Path) -> None:
    path = write({"module.w": torch.ones(2), "head": torch.ones(1)}, tmp_path / "a.safetensors")
    assert read_weights(path).keys() == {"module.w", "head"}


def test_averaged_weights_come_before_plain_ones_and_lose_their_counter(tmp_path: Path) -> None:
    averaged = torch.optim.swa_utils.AveragedModel(small_network())
    path = write({"model": {"w": torch.zeros(1)}, "model_ema": averaged.state_dict()}, tmp_path / "a.pth")
    network = small_network()
    put_weights(network, read_weights(path), path.name)
    assert torch.equal(network[0].weight, averaged.module[0].weight)


def test_a_missing_file_is_answered_with_the_closest_names(tmp_path: Path) -> None:
    write({"w": torch.ones(1)}, tmp_path / "lenet-mnist.pth")
    assert refusal(tmp_path / "lenet_mnist.pth").endswith("does not exist; closest there: lenet-mnist.pth")


def test_a_missing_folder_a_folder_and_an_unknown_kind_are_each_said(tmp_path: Path) -> None:
    assert "nor does its folder" in refusal(tmp_path / "no" / "a.pth")
    assert "is a folder" in refusal(tmp_path)
    (tmp_path / "a.h5").write_bytes(b"x")
    assert "'.h5'; should be one of .safetensors" in refusal(tmp_path / "a.h5")


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>", b"hello world\n", b"\x00" * 64, b"PK\x03\x04" * 9])
def test_another_kind_of_file_under_the_name_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert "is damaged or cut short, or is no" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
def test_an_empty_file_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert refusal(tmp_path / name).endswith("is empty")


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth", "legacy.pth"])
def test_a_file_cut_anywhere_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    path = write({"w": torch.randn(20, 5), "b": torch.randn(7)}, tmp_path / name, legacy=name == "legacy.pth")
    whole = path.read_bytes()
    for length in np.linspace(1, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:length])
        refusal(path)


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth", "legacy.pth"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_one_wrong_byte_gives_tensors_or_one_line(name: str, where: float, value: int, tmp_path: Path) -> None:
    path = write({"w": torch.zeros(4)}, tmp_path / name, legacy=name == "legacy.pth")
    damaged = bytearray(path.read_bytes())
    damaged[int(where * len(damaged))] = value
    path.write_bytes(damaged)
    try:
        assert all(isinstance(tensor, Tensor) for tensor in read_weights(path).values())
    except UserError as line:
        assert "\n" not in str(line)


def test_a_file_that_would_run_code_is_refused_by_name_and_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = write({"w": torch.ones(3), "extra": RunsCode(mark)}, tmp_path / "evil.pth")
    line = refusal(path)
    assert "posix.system" in line
    assert "would run code" in line
    assert "convert its state_dict to .safetensors" in line
    for protocol in range(6):
        path.write_bytes(pickle.dumps(RunsCode(mark), protocol))
        assert "would run code" in refusal(path) or protocol < 2
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"args": argparse.Namespace(lr=1)}, "argparse.Namespace"),
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        ({"w": np.ones(3)}, "_reconstruct"),
    ],
)
def test_anything_but_tensors_in_a_pickle_is_refused_by_name(content: object, named: str, tmp_path: Path) -> None:
    line = refusal(write(content, tmp_path / "a.pth"))
    assert named in line
    assert "refused" in line


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_torchscript_program_is_refused(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "a.pt")
    assert "would run code" in refusal(tmp_path / "a.pt")


@pytest.mark.parametrize("content", [{}, {"epoch": 3}, {"model": {"epoch": 3}}, [torch.ones(1)], torch.ones(2)])
def test_a_file_without_named_tensors_is_said(content: object, tmp_path: Path) -> None:
    assert "holds no named tensors" in refusal(write(content, tmp_path / "a.pth"))


def test_a_checkpoint_that_holds_itself_is_refused(tmp_path: Path) -> None:
    loop: dict[str, object] = {}
    loop["model"] = loop
    assert "holds no named tensors" in refusal(write(loop, tmp_path / "a.pth"))


def misfit(network: nn.Module, state: dict[str, Tensor]) -> str:
    """Return the one line, having checked that nothing at all was copied."""
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(UserError, match=r"^weights of file\.pth") as caught:
        put_weights(network, state, "file.pth")
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_put_into_a_module_are_its_weights() -> None:
    source, network = small_network(), small_network()
    put_weights(network, source.state_dict(), "file.pth")
    assert all(torch.equal(value, source.state_dict()[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_half_precision_is_taken_up_exactly_and_the_module_stays_float32(half: torch.dtype) -> None:
    network = small_network()
    stored = {k: v.to(half) if v.is_floating_point() else v for k, v in small_network().state_dict().items()}
    put_weights(network, stored, "file.pth")
    assert network[0].weight.dtype == torch.float32
    assert torch.equal(network[0].weight, stored["0.weight"].float())


def test_what_is_missing_unexpected_and_misshapen_is_counted_with_the_first_of_each() -> None:
    state = small_network().state_dict()
    state["head.weight"] = state.pop("3.weight")
    state["head.bias"] = state.pop("3.bias")
    state["0.weight"] = torch.zeros(8, 2, 5, 5)
    assert misfit(small_network(), state) == (
        "weights of file.pth do not fit: 2 missing (first: 3.weight), 2 unexpected (first: head.weight), "
        "1 misshapen (first: 0.weight is 8x2x5x5, should be 4x2x3x3)"
    )


def test_another_number_of_classes_is_hinted_at() -> None:
    line = misfit(small_network(classes=10), small_network(classes=3).state_dict())
    assert line.endswith("; the file seems to be for 3 classes, the network has 10")


def test_other_misfits_do_not_hint_at_classes() -> None:
    state = small_network().state_dict()
    state["3.weight"] = torch.zeros(3, 9)
    assert "classes" not in misfit(small_network(), state)
    state["3.weight"], state["3.bias"], state["0.bias"] = torch.zeros(5, 4), torch.zeros(5), torch.zeros(7)
    assert "classes" not in misfit(small_network(), state)


def test_files_without_a_batch_counter_are_accepted() -> None:
    state = {name: value for name, value in small_network().state_dict().items() if "num_batches" not in name}
    network = small_network()
    put_weights(network, state, "file.pth")
    assert torch.equal(network[1].running_var, state["1.running_var"])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_tensor_with_a_number_that_is_none_is_named(bad: float) -> None:
    state = small_network().state_dict()
    state["3.bias"] = torch.tensor([0, bad, 0])
    assert "3.bias holds NaN or infinity" in misfit(small_network(), state)


def test_a_number_too_large_for_the_module_is_refused() -> None:
    state = small_network().state_dict()
    state["3.bias"] = torch.tensor([0, 1e300, 0], dtype=torch.float64)
    assert "3.bias holds NaN or infinity" in misfit(small_network(), state)


@pytest.mark.parametrize(
    "stored",
    [
        torch.zeros(3, dtype=torch.int8),
        torch.zeros(3, dtype=torch.complex64),
        torch.zeros(3).to_sparse(),
        torch.zeros(3, device="meta"),
    ],
    ids=["int8", "complex", "sparse", "meta"],
)
def test_numbers_of_another_kind_are_refused(stored: Tensor) -> None:
    state = small_network().state_dict()
    state["3.bias"] = stored
    assert "should be float32 numbers" in misfit(small_network(), state)
