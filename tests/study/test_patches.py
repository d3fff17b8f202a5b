import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import seethrough
from seethrough import see
from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.images.save import save_image
from seethrough.jobs import run
from seethrough.networks.network import Network
from seethrough.results.patches import cut_out
from seethrough.study.patches import patches
from tests.nets import linear_network, small_cnn
from tests.networks.test_network import assert_same, snapshot

LAYERS = "conv1,conv2,head"


def pictures(count: int = 23, channels: int = 3, size: tuple[int, int] = (40, 56), seed: int = 0) -> Dataset:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, channels, *size), generator=generator, dtype=torch.uint8)
    return Dataset("noise", ("even", "odd"), torch.arange(count) % 2, pixels=pixels)


def outputs(network: Network, data: Dataset, layer: str) -> Tensor:
    images = torch.stack([data[place] for place in range(len(data))])
    with torch.no_grad():
        return network.read(images, layer)[layer]


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_the_strongest_of_all_pictures_are_found_with_their_places(batch: int) -> None:
    network, data = small_cnn(), pictures()
    found = patches(network, data, units=LAYERS, top=4, batch=batch)
    assert [one.layer for one in found.layers] == LAYERS.split(",")
    assert found.seen == 23 and len(found) == 8 + 12 + 5
    for one in found.layers:
        output = outputs(network, data, one.layer)
        cells = output.flatten(2) if output.ndim == 4 else output[:, :, None]
        values, order = cells.amax(2).T.sort(dim=1, descending=True, stable=True)
        torch.testing.assert_close(one.values, values[:, :4])
        names = [[found.names[at] for at in row] for row in one.pictures.tolist()]
        assert names == [[data.name_of(at) for at in row[:4]] for row in order.tolist()]
        for row, place in itertools.product(range(len(one.units)), range(4)):
            at = int(order[row, place])
            assert torch.equal(found.images[one.pictures[row, place]], data.pixels[at])  # type: ignore[index]
            assert found.shows[one.pictures[row, place]] == ("even", "odd")[at % 2]
            if output.ndim == 4:
                y, x = one.places[row, place].tolist()
                torch.testing.assert_close(output[at, row, y, x], one.values[row, place])


def test_it_is_one_pass_through_the_network() -> None:
    network, calls = small_cnn(), list[int]()
    patches(network, pictures(), units=LAYERS, top=2, batch=4)
    handle = network.module.conv1.register_forward_hook(lambda part, given, output: calls.append(len(output)))
    patches(network, pictures(), units=LAYERS, top=2, batch=4)
    handle.remove()
    assert calls == [4, 4, 4, 4, 4, 3]


def test_equal_pictures_come_in_the_order_of_the_data_set() -> None:
    data = pictures(1).part([0] * 6)
    found = patches(small_cnn(), data, units="conv2:3", top=4, batch=4)
    # Pictures that are equal have equal names in no data set; here the places tell them apart.
    assert found.layers[0].pictures.tolist() == [[0, 1, 2, 3]]
    assert found.names == tuple(f"noise {place}" for place in range(4))


class Smooth(nn.Module):
    """A network without ReLUs, in which every pixel of a field matters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 3, (5, 3), padding=(2, 1))
        self.pool = nn.AvgPool2d(2)
        self.second = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.second(self.pool(self.first(x))).mean((2, 3)))


def smooth() -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(Smooth().eval(), size=(40, 56), channels=1, mean=0.5, std=0.3, name="smooth")


@pytest.mark.parametrize("layer", ["first", "pool", "second"])
def test_a_unit_depends_on_all_of_its_patch_and_on_nothing_beyond(layer: str) -> None:
    network, data = smooth(), pictures(6, channels=1)
    found = patches(network, data, units=layer, top=6)
    one = found.layers[0]
    inner = 0
    for row, place in itertools.product(range(len(one.units)), range(6)):
        y, x = one.places[row, place].tolist()
        pixels = (found.images[one.pictures[row, place]].float() / 255)[None].requires_grad_()
        value = network.read(pixels, layer)[layer][0, row, y, x]
        torch.testing.assert_close(value.detach(), one.values[row, place])
        (slope,) = torch.autograd.grad(value, pixels)
        top, left, bottom, right = one.boxes[row, place].tolist()
        reached = slope[0, 0] != 0
        rows, columns = reached.any(1).nonzero()[:, 0].tolist(), reached.any(0).nonzero()[:, 0].tolist()
        # Cut at the picture's border, the box is exactly where the unit looks.
        assert (rows[0], rows[-1] + 1) == (max(top, 0), min(bottom, 40))
        assert (columns[0], columns[-1] + 1) == (max(left, 0), min(right, 56))
        inner += top >= 0 and left >= 0 and bottom <= 40 and right <= 56
    assert inner > 0


def test_a_patch_is_cut_out_of_its_picture_and_white_beyond_the_border() -> None:
    data = pictures(1, channels=1, size=(40, 56))
    assert data.pixels is not None
    data.pixels[:] = 200
    data.pixels[0, 0, 0, 0] = 255
    network = smooth()
    with torch.no_grad():
        network.module.first.weight.fill_(1.0)  # type: ignore[union-attr, operator]
    # The first cell that has the bright pixel in its field and no border: the one at (2, 1) sees rows 0 to 4.
    found = patches(network, data, units="first:0", top=1)
    assert found.layers[0].places.tolist() == [[[2, 1]]] and found.layers[0].boxes.tolist() == [[[0, 0, 5, 3]]]
    patch = found.patch(0, 0, 0)
    assert patch.shape == (1, 5, 3) and patch[0, 0, 0] == 1
    assert (patch.flatten()[1:] == 200 / 255).all()
    beyond = cut_out(torch.zeros(1, 4, 4), (-2, 1, 3, 6), 1.0)
    assert beyond[0].tolist() == [[1.0] * 5] * 2 + [[0.0, 0.0, 0.0, 1.0, 1.0]] * 3


def test_a_fully_connected_unit_shows_whole_pictures() -> None:
    network, data = small_cnn(), pictures()
    found = patches(network, data, units="head:2", top=3)
    assert found.layers[0].boxes[0].tolist() == [[0, 0, 40, 56]] * 3
    assert found.layers[0].places[0].tolist() == [[-1, -1]] * 3
    best = outputs(network, data, "head")[:, 2].argmax()
    assert torch.equal(found.patch(0, 0, 0), data[int(best)])


def test_a_field_as_wide_as_the_picture_shows_its_whole_width() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, (3, 9), padding=(1, 4)), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = Network(module, size=(12, 8), channels=1)
    found = patches(network, pictures(3, 1, (12, 8)), units="0", top=1)
    for box in found.layers[0].boxes.flatten(0, 1).tolist():
        assert (box[1], box[3]) == (0, 8) and box[2] - box[0] == 3


def test_units_are_named_alone_in_ranges_and_by_their_layer() -> None:
    found = patches(small_cnn(), pictures(3), units="conv2:5,conv2:1-2,conv1", top=1)
    assert [(one.layer, one.units.tolist()) for one in found.layers] == [
        ("conv2", [5, 1, 2]),
        ("conv1", list(range(8))),
    ]
    assert found.settings["units"] == "conv2:5,conv2:1,conv2:2,conv1"
    again = patches(small_cnn(), pictures(3), units=found.settings["units"], top=1)
    assert again == found
    assert len(patches(small_cnn(), pictures(3), top=1).layers) == 3


def test_guided_backprop_is_that_of_the_unit_at_its_place() -> None:
    network, data = small_cnn(), pictures(5)
    found = patches(network, data, units="conv2:0-3", top=2, guided=True)
    one = found.layers[0]
    assert one.guided is not None and one.guided.shape[:3] == (4, 2, 3)
    for row, place in itertools.product(range(4), range(2)):
        y, x = one.places[row, place].tolist()
        pixels = found.images[one.pictures[row, place]][None].float() / 255
        whole = see.guided_backprop(network, pixels, unit=f"conv2:{row}@{y},{x}").raw
        assert whole is not None
        torch.testing.assert_close(one.guided[row, place], cut_out(whole[0], one.boxes[row, place].tolist(), 0.0))
        assert whole.abs().sum() == pytest.approx(float(one.guided[row, place].abs().sum()), rel=1e-5)


def folder(path: Path, count: int = 9) -> Dataset:
    """Return pictures as files, the fourth and the last of which are none."""
    data = pictures(count)
    files = [save_image(data[place], path / f"{place}.png") for place in range(count)]
    for place in (3, count - 1):
        files[place].write_bytes(b"no picture")
    return Dataset("folder", (), torch.full((count,), -1), files=tuple(files), root=path)


def test_pictures_that_cannot_be_read_are_left_out_and_named(tmp_path: Path) -> None:
    data = folder(tmp_path)
    found = patches(small_cnn(), data, units="conv2", top=3, batch=2)
    assert found.seen == 7
    assert [line.partition(": ")[0] for line in found.broken] == ["3.png", "8.png"]
    assert found.line().endswith("; 2 pictures could not be read: 3.png, 8.png")
    assert found.shows == ("",) * len(found.images)
    good = pictures(9).part([0, 1, 2, 4, 5, 6, 7])
    alone = patches(small_cnn(), good, units="conv2", top=3, batch=7)
    torch.testing.assert_close(found.layers[0].values, alone.layers[0].values)


def test_stopped_it_has_the_strongest_so_far_and_goes_on_from_there(tmp_path: Path) -> None:
    network, data = small_cnn(), folder(tmp_path, 13)
    whole = patches(network, data, units=LAYERS, top=3, batch=2)
    states: list[Any] = []

    def stop_at(step: Any) -> bool:
        states.append(step.state())
        return len(states) == 3

    part = run(patches.job(network, data, units=LAYERS, top=3, batch=2), stop_at)
    assert part.seen == 6 and part.layers[0].values.shape == (8, 3)
    first = data.part(range(7))
    assert torch.equal(part.layers[1].values, patches(network, first, units=LAYERS, top=3, batch=2).layers[1].values)
    assert all(isinstance(value, Tensor) for value in states[-1].values())
    assert patches(network, data, units=LAYERS, top=3, batch=2, resume=states[-1]) == whole
    assert patches(network, data, units=LAYERS, top=3, batch=2, resume=states[0]) == whole


def test_a_step_is_a_batch_and_says_how_fast_it_goes() -> None:
    steps: list[Any] = []
    run(patches.job(small_cnn(), pictures(), units="conv1", batch=10), lambda step: steps.append(step))  # type: ignore[func-returns-value]
    assert [(step.done, step.total) for step in steps] == [(10, 23), (20, 23), (23, 23)]
    assert all(step.values["images/s"] > 0 for step in steps)


@pytest.mark.parametrize("how", [torch.no_grad, torch.inference_mode])
def test_nothing_is_left_behind(how: Any) -> None:
    network = small_cnn()
    network.module.train()
    network.module.conv1.weight.requires_grad_(False)
    before, state = snapshot(network), torch.random.get_rng_state()
    with how():
        found = patches(network, pictures(5), units="conv2:0-2", top=2, guided=True)
    assert_same(before, snapshot(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert found == patches(network, pictures(5), units="conv2:0-2", top=2, guided=True)
    assert not found.layers[0].values.is_inference()


def test_it_works_in_grey_and_in_double_precision() -> None:
    network = small_cnn(1, (28, 28))
    network.module.double()
    found = patches(network, pictures(4, 1, (28, 28)), units="conv1", top=2)
    assert found.layers[0].values.dtype == torch.float64 and found.patches(0).shape == (8, 2, 1, 3, 3)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"units": "conv9"}, "layer of small-cnn 'conv9' is not known; closest: conv"),
        ({"units": "conv2:12"}, "conv2 has units 0 to 11"),
        ({"units": ""}, "layer of small-cnn '' is not known"),
        ({"units": []}, "name units or layers, for example"),
        ({"units": "conv2:1@3"}, "units: '1@3' does not fit; it takes numbers and ranges"),
        ({"top": 0}, "top is 0; it takes 1 or more"),
        ({"batch": 0}, "batch is 0"),
        ({"units": "conv1", "top": 300, "guided": True}, "guided: 2400 patches take a pass each, more than 2000"),
    ],
)
def test_bad_input_gets_one_clear_line(named: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as refusal:
        patches(small_cnn(), pictures(3), **named)
    assert "\n" not in str(refusal.value)


def test_a_network_that_gives_no_numbers_is_refused() -> None:
    network = linear_network()[0]
    with torch.no_grad():
        network.module[1].weight.fill_(torch.nan)  # type: ignore[index, union-attr]
    with pytest.raises(UserError, match="none gives a number for any of the 3 pictures"):
        patches(network, pictures(3), units="1")


def test_the_bundled_network_finds_its_own_favourites(tmp_path: Path) -> None:
    network = seethrough.load()
    names = ("cat", "coffee", "rocket", "moped")
    pixels = (network.frame([seethrough.photo(name) for name in names]) * 255).round().to(torch.uint8)
    data = Dataset("samples", names, torch.arange(4), pixels=pixels)
    espresso = network.resolve_class("espresso")
    found = patches(network, data, units=f"classifier:{espresso},blocks.2.0:0-2", top=2)
    assert found.shows[found.layers[0].pictures[0, 0]] == "coffee"
    assert found.layers[1].boxes[0, 0, 2] - found.layers[1].boxes[0, 0, 0] == 35
    saved = found.save(tmp_path / "found.safetensors")
    assert seethrough.load_result(saved) == found
