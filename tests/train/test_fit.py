import inspect
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seethrough
from seethrough import datasets, train
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.parts import parts
from seethrough.errors import UserError
from seethrough.fool.pgd import pgd
from seethrough.jobs import run
from seethrough.networks.small.build import SMALL
from seethrough.results.training import Training
from seethrough.tables import Method
from seethrough.train.table import TABLE
from tests.train.sets import class_folders, digits, shades

QUICK: dict[str, Any] = {"arch": "linear", "epochs": 3, "batch": 8, "rate": 0.02}


@pytest.mark.parametrize("method", TABLE.values(), ids=TABLE)
def test_the_table_says_of_every_method_what_its_signature_says(method: Method) -> None:
    parameters = inspect.signature(method.load()).parameters
    for setting in method.settings:
        assert parameters[setting.name].default == setting.default, setting.name
        assert parameters[setting.name].kind is inspect.Parameter.KEYWORD_ONLY
    told = {setting.name for setting in method.settings}
    given = {"data", "test", "out", "resume", "device", "notes", "runs"}
    assert set(parameters) - told <= given
    assert method.makes == ("Training" if method.name == "fit" else "TrainingComparison")
    settings = {setting.name: setting for setting in method.settings}
    assert "arch" not in settings or settings["arch"].default in SMALL


@pytest.mark.parametrize("arch", ["linear", "digits-cnn", "digits-cnn-bn"])
@pytest.mark.parametrize(("channels", "size"), [(1, (40, 56)), (3, (9, 7))])
def test_it_learns_pictures_of_any_size_and_reads_those_it_has_not_seen(
    arch: str, channels: int, size: tuple[int, int]
) -> None:
    data, test = shades(60, channels=channels, size=size), shades(21, channels=channels, size=size)
    found = train.fit(data, test, arch=arch, epochs=6, batch=12, rate=0.01)
    assert found.accuracy > 0.75 and found.tested == 21 and len(found) == 6
    assert found.images.shape[1:] == (channels, *size) and found.network == arch
    losses = found.column("loss").tolist()
    assert losses[-1] < losses[0]


def test_digits_are_learned() -> None:
    found = train.fit(digits(600), digits(200, "test"), epochs=3, batch=64, rate=0.003)
    assert found.accuracy > 0.8 and found.counts["total"]["parameters"] == 799_078
    assert float(found.column("validation accuracy")[found.best - 1]) == float(
        found.column("validation accuracy").max()
    )


def test_the_seed_is_all_the_chance_there_is_in_any_context() -> None:
    before = torch.random.get_rng_state()
    runs = []
    for seed, context in ((0, nullcontext()), (0, torch.no_grad()), (0, torch.inference_mode()), (1, nullcontext())):
        with context:
            runs.append(train.fit(shades(), **QUICK, augment="bend", seed=seed).weights["linear.weight"])
    assert torch.equal(runs[0], runs[1]) and torch.equal(runs[0], runs[2]) and not torch.equal(runs[0], runs[3])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_photos_of_many_sizes_are_learned_from_and_a_broken_one_is_named_and_counted(tmp_path: Path) -> None:
    # The first of all is broken: that says nothing of the others.
    learn = class_folders(tmp_path / "all" / "train", 8, broken=("dark/0", "light/3"))
    class_folders(tmp_path / "all" / "test", 4, broken=("light/1",))
    data, test = parts(tmp_path / "all")
    found = train.fit(data, test, size=16, out=tmp_path / "run", **QUICK)
    assert [line.partition(":")[0] for line in found.broken] == ["dark/0.png", "light/3.png", "light/1.png"]
    assert found.line().endswith("; 3 pictures could not be read: dark/0.png, light/3.png, light/1.png")
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["data"]["not_readable"] == 3 and card["data"]["learned_from"] + card["data"]["validation"] == 14
    assert found.tested == 7 and found.accuracy == 1.0 and found.images.shape[1:] == (3, 16, 16)
    network = seethrough.load(str(tmp_path / "run"))
    photos = [seethrough.photo(learn / "light" / f"{place}.png") for place in (0, 1)]
    assert [row[0].label for row in network.classify(network.frame(photos)).rows] == ["light", "light"]


def test_where_no_photo_can_be_read_that_is_said(tmp_path: Path) -> None:
    broken = tuple(f"{name}/{place}" for name in ("dark", "light") for place in range(2))
    with pytest.raises(UserError, match=r"photo '.*dark/0\.png'"):
        train.fit(datasets.load(class_folders(tmp_path / "none", 2, broken)), **QUICK)


def test_the_side_of_photos_is_64_unless_told_and_that_of_arrays_their_own(tmp_path: Path) -> None:
    photos = datasets.load(class_folders(tmp_path / "photos", 3))
    one: dict[str, Any] = QUICK | {"epochs": 1}
    assert train.fit(photos, **one).card["size"] == [64, 64]
    assert train.fit(shades(size=(40, 56)), **one).card["size"] == [40, 56]
    assert train.fit(shades(size=(40, 56)), size=20, **one).card["size"] == [20, 20]


def test_what_can_not_be_learned_from_is_said_in_one_line(tmp_path: Path) -> None:
    data = shades()
    empty = class_folders(tmp_path / "empty")
    (empty / "nothing").mkdir()
    with pytest.raises(UserError, match=r"nothing' is an empty class folder: it holds no pictures"):
        parts(empty)
    alone = data.part((data.labels == 1).nonzero()[:, 0])
    with pytest.raises(UserError, match=r"shows 1 class only \(shade 1\); right would be 2 or more"):
        train.fit(alone, **QUICK)
    with pytest.raises(UserError, match="does not say what 24 of its pictures show"):
        train.fit(Dataset("x", (), torch.full((24,), -1), data.pixels), **QUICK)
    with pytest.raises(UserError, match=r"test has other classes than the data: 0, 1, not shade 0, shade 1, shade 2"):
        train.fit(data, Dataset("x", ("0", "1"), data.labels % 2, data.pixels), **QUICK)
    unknown = Dataset("unknown", data.classes, torch.full((24,), -1), data.pixels)
    with pytest.raises(UserError, match="data 'unknown' does not say what 24 of its pictures show"):
        train.fit(data, unknown, **QUICK)
    with pytest.raises(UserError, match="eps is None; training against pgd takes how far"):
        train.fit(data, against="pgd", **QUICK)
    with pytest.raises(UserError, match=r"eps is 'far'; it takes 0 or more, such as 0.03 or 8/255"):
        train.fit(data, against="pgd", eps="far", **QUICK)


@pytest.mark.parametrize("kind", ["fgsm", "fast", "pgd"])
def test_robust_accuracy_is_what_pgd_leaves_of_the_test_pictures(kind: str, tmp_path: Path) -> None:
    test = shades(40, size=(6, 7))
    found = train.fit(shades(60, size=(6, 7)), test, against=kind, eps="10/255", attack_steps=3, out=tmp_path, **QUICK)
    assert found.card["attack"] == found.attack == "PGD-40 within 10/255 (5 restarts, 40 pictures)"
    assert f"% under {found.attack}" in found.line()
    network = seethrough.load(str(tmp_path))
    assert test.pixels is not None
    images = test.pixels / 255
    right = network(images).argmax(1) == test.labels
    fooled = pgd(network, images[right], test.labels[right], eps="10/255", restarts=5)
    left = float((~fooled.success).sum()) / 40
    assert found.robust == pytest.approx(left) == found.card["robust_accuracy"]
    assert 0 < left <= found.accuracy


def test_training_against_attacks_makes_a_network_that_lasts_longer() -> None:
    data, test = digits(500), digits(60, "test")
    named: dict[str, Any] = {"arch": "linear", "epochs": 4, "batch": 32, "rate": 0.01}
    plain, robust = (
        train.fit(data, test, **named),
        train.fit(data, test, against="pgd", eps="0.1", attacked=60, **named),
    )
    assert test.pixels is not None
    shown = test.pixels / 255
    left = [
        float((~pgd(train.network_of(one), shown, test.labels, eps=0.1).success).double().mean())
        for one in (plain, robust)
    ]
    assert left[1] > left[0] + 0.2


def test_the_bundled_network_is_taught_other_classes(tmp_path: Path) -> None:
    data = datasets.load(class_folders(tmp_path / "photos", 4))
    default = seethrough.load()
    found = train.fit(data, data, arch="efficientnet-lite0", pretrained=True, epochs=1, batch=4, out=tmp_path / "run")
    assert found.card["arch"] == "timm:tf_efficientnet_lite0" and found.network == "efficientnet-lite0"
    assert found.card["recipe"]["first weights"] == "pretrained (efficientnet-lite0)"
    again = seethrough.load(str(tmp_path / "run"))
    assert again.size == default.size and again.frame == default.frame and again.labels.names == ("dark", "light")
    first = {name: value for name, value in default.module.state_dict().items() if name.startswith("conv_stem")}
    moved = again.module.state_dict()
    for name, value in first.items():
        torch.testing.assert_close(moved[name], value, rtol=0, atol=0.02)
        assert not torch.equal(moved[name], value)
    pixels = again.frame([data[place] for place in range(8)])
    assert again(pixels).argmax(1).eq(data.labels).double().mean() == pytest.approx(found.accuracy)


def test_a_training_goes_on_from_that_of_another_data_set(tmp_path: Path) -> None:
    first = train.fit(shades(classes=3), epochs=2, batch=8, out=tmp_path / "first")
    mean = first.card["mean"]
    file = tmp_path / "first" / "weights.safetensors"
    other = shades(classes=5)
    still: dict[str, Any] = {"epochs": 1, "batch": 24, "rate": 1e-12, "decay": 0.0, "validation": 0.0}
    ways: list[dict[str, Any]] = [
        {"arch": str(tmp_path / "first"), "pretrained": True},
        {"arch": str(tmp_path / "first"), "weights": file},
        {"arch": "digits-cnn", "weights": file},
    ]
    for way in ways:
        found = train.fit(other, other, out=tmp_path / "second", **way, **still)
        assert found.card["arch"] == "digits-cnn" and found.card["mean"] == mean
        assert found.weights["fc4.weight"].shape == (5, 500)
        for name in ("conv1.weight", "conv2.bias", "fc3.weight"):
            torch.testing.assert_close(found.weights[name], first.weights[name], rtol=0, atol=1e-8)
        assert len(seethrough.load(str(tmp_path / "second")).labels) == 5


def test_weights_that_are_not_to_be_had_are_said_in_one_line(tmp_path: Path) -> None:
    for named in ({"pretrained": True}, {"weights": tmp_path / "nothing.safetensors"}):
        with pytest.raises(UserError, match="arch 'digits-cnn' has no trained weights of its own; name a folder"):
            train.fit(shades(), epochs=1, **named)
    with pytest.raises(UserError, match="is not known"):
        train.fit(shades(), arch="resnet", pretrained=True)


def test_an_npz_is_parted_learned_from_and_loaded(tmp_path: Path) -> None:
    data = shades(60)
    assert data.pixels is not None
    np.savez(tmp_path / "a.npz", images=data.pixels.permute(0, 2, 3, 1).numpy(), labels=data.labels.numpy())
    learn, test = parts(tmp_path / "a.npz")
    found = run(train.fit.job(learn, test, **QUICK))
    assert isinstance(found, Training) and found.labels == ("0", "1", "2") and found.tested == 12
