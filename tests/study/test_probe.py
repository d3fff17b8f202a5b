from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

import seethrough
from seethrough.datasets.dataset import Dataset
from seethrough.datasets.load import load
from seethrough.errors import UserError
from seethrough.jobs import run
from seethrough.results.features import Features
from seethrough.study.features import features
from seethrough.study.probe import Kind, _chosen, _held_back, mean_accuracy, probe
from seethrough.study.thumbnails import thumbnails
from tests.nets import linear_network, small_cnn
from tests.study.sets import in_files, in_memory


def ready(counts: tuple[int, ...], seed: int = 0, spread: float = 0.8, data: str = "rows", **named: Any) -> Features:
    """Return features of classes that overlap, so many of each."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    middles = torch.randn(len(counts), 8, generator=torch.Generator().manual_seed(99))
    noise = torch.randn(len(labels), 8, generator=torch.Generator().manual_seed(seed))
    known: dict[str, Any] = {
        "shards": (middles[labels] + spread * noise,),
        "labels": labels,
        "classes": tuple(f"class {index}" for index in range(len(counts))),
    }
    known |= named
    count = len(known["labels"])
    known |= {"places": torch.arange(count), "names": tuple(f"{data} {place}" for place in range(count))}
    return Features(network="net", method="study.features", layer="fc", data=data, total=count, **known)


def test_every_number_is_what_scikit_learn_finds() -> None:
    train, test = ready((40, 30, 20)), ready((12, 20, 7), seed=1)
    found = probe(small_cnn(), train, test, strength=1e-2, normalise=False)
    model = LogisticRegression(C=1 / (1e-2 * 90), tol=1e-9, max_iter=10_000).fit(train.values, train.labels)
    said = model.predict(test.values)
    assert found.confusion.tolist() == confusion_matrix(test.labels, said).tolist()
    assert found.mean_accuracy == pytest.approx(balanced_accuracy_score(test.labels, said))
    assert found.accuracy == pytest.approx(model.score(test.values, test.labels))
    assert found.mean_accuracy != pytest.approx(found.accuracy)
    np.testing.assert_allclose(found.weights, model.coef_, rtol=1e-3, atol=1e-3)
    assert found.trained == 90 and len(found) == 39 and found.network == "net" and found.layer == "fc"
    assert found.strength == 1e-2 and not len(found.strengths)


@pytest.mark.parametrize("kind", ["softmax", "svm"])
def test_the_strength_is_chosen_on_pictures_held_back(kind: Kind) -> None:
    train, test = ready((40, 40, 40)), ready((10, 10, 10), seed=1)
    found = probe(small_cnn(), train, test, kind=kind, seed=3)
    rows = train.values / train.values.norm(dim=1, keepdim=True)
    fitted, held = _held_back(train.labels, 0.2, 3)
    assert found.strengths.tolist() == pytest.approx([1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7], rel=1e-5)
    if kind == "softmax":
        model = LogisticRegression(C=1 / (1e-3 * len(fitted)), tol=1e-9, max_iter=10_000)
        said = model.fit(rows[fitted], train.labels[fitted]).predict(rows[held])
        assert float(found.validation[1]) == pytest.approx(balanced_accuracy_score(train.labels[held], said))
    assert found.strength == _chosen(found.strengths.tolist(), found.validation.tolist(), len(held))
    # Once chosen, all pictures are trained on.
    whole = probe(small_cnn(), train, test, kind=kind, strength=found.strength)
    torch.testing.assert_close(found.weights, whole.weights, rtol=1e-4, atol=1e-4)


def test_the_strongest_within_a_standard_error_of_the_best_is_chosen() -> None:
    # With 100 pictures the standard error of 0.9 is 0.03.
    assert _chosen([3.0, 2.0, 1.0], [0.86, 0.88, 0.9], 100) == 2.0
    assert _chosen([3.0, 2.0, 1.0], [0.86, 0.86, 0.9], 100) == 1.0
    assert _chosen([3.0, 2.0], [0.5, 0.5], 10) == 3.0
    assert _chosen([3.0, 2.0], [0.99, 1.0], 1000) == 2.0


def test_a_share_of_each_class_is_held_back_but_never_all_of_it() -> None:
    labels = torch.tensor([0] * 10 + [1] * 5 + [2] * 2 + [3])
    fitted, held = _held_back(labels, 0.2, 0)
    assert sorted([*fitted.tolist(), *held.tolist()]) == list(range(18))
    assert torch.bincount(labels[held], minlength=4).tolist() == [2, 1, 1, 0]
    assert torch.bincount(labels[_held_back(labels, 0.9, 0)[0]], minlength=4).tolist() == [1, 1, 1, 1]
    assert torch.equal(_held_back(labels, 0.2, 0)[1], held) and not torch.equal(_held_back(labels, 0.2, 1)[1], held)
    with pytest.raises(UserError, match="give strength"):
        _held_back(torch.arange(4), 0.2, 0)


def test_from_data_sets_it_is_the_probe_of_their_features(tmp_path: Path) -> None:
    network, train, test = small_cnn(), in_files(tmp_path / "train", 24, broken=(5,)), in_memory(12)
    found = probe(network, train, test, strength=1e-3, layer="relu", batch=5)
    rows = [features(network, data, layer="relu") for data in (train, test)]
    other = probe(network, *rows, strength=1e-3, pictures=test)
    assert torch.equal(found.confusion, other.confusion)
    torch.testing.assert_close(found.weights, other.weights, rtol=1e-3, atol=1e-3)
    assert found.trained == 23 and found.line().endswith("; 1 picture could not be read: 05.png")
    worst = found.confusions[0]
    assert worst.count == int(found.confusion[worst.true, worst.read]) > 0 and worst.true != worst.read
    assert len(worst.pictures) == len(worst.photos) == min(4, worst.count)
    for picture, name in zip(worst.pictures, worst.photos, strict=True):
        place = int(name.split()[1])
        assert int(test.labels[place]) == worst.true
        assert torch.equal(picture, thumbnails(network.frame(test[place]), 96)[0])
    assert probe(network, *rows, strength=1e-3).confusions[0].pictures.shape[0] == 0


def test_classes_that_nobody_shows_are_left_out() -> None:
    train = ready((20, 20, 20))
    some = ready((20, 0, 20)), ready((5, 0, 5), seed=1)
    found = probe(small_cnn(), *some, strength=1e-2)
    assert found.classes == ("class 0", "class 2") and found.confusion.shape == (2, 2)
    with pytest.raises(UserError, match="test has no picture of class 1; mean per-class accuracy"):
        probe(small_cnn(), train, some[1])
    with pytest.raises(UserError, match="train has no picture of class 1;"):
        probe(small_cnn(), some[0], train)


def test_bad_input_is_answered_in_one_line() -> None:
    network, train, test = small_cnn(), ready((20, 20)), ready((5, 5), seed=1)
    with pytest.raises(UserError, match="train has one class only, 'class 0'"):
        probe(network, ready((20, 0)), ready((5, 0)))
    with pytest.raises(UserError, match="test has 2 pictures of which it is not known what they show"):
        probe(network, train, ready((5, 5), labels=torch.tensor([0, 0, 0, 0, -1, 1, 1, 1, 1, -1])))
    with pytest.raises(UserError, match=r"test has other classes than train \(class 2\)"):
        probe(network, train, ready((5, 5, 5)))
    with pytest.raises(UserError, match="test has 3 features a picture and train 8"):
        probe(network, train, ready((5, 5), shards=(torch.zeros(10, 3),)))
    with pytest.raises(UserError, match="not finite"):
        probe(network, ready((20, 20), shards=(torch.full((40, 8), torch.nan),)), test)
    with pytest.raises(UserError, match=r"kind is 'tree'; it takes softmax \| svm"):
        probe(network, train, test, kind="tree")  # type: ignore[arg-type]
    for settings, says in (({"strength": 0.0}, "strength is 0.0"), ({"validation": 1.0}, "validation is 1.0")):
        with pytest.raises(UserError, match=says):
            probe(network, train, test, **settings)


def test_stopped_while_reading_it_says_so_and_later_it_takes_the_best_so_far() -> None:
    network, train, test = small_cnn(), in_memory(12), in_memory(12)
    with pytest.raises(UserError, match="stopped after 4 of 12 pictures"):
        run(probe.job(network, train, test, batch=4), lambda step: True)
    found = run(probe.job(network, train, test), lambda step: "validation" in step.values)
    assert len(found.strengths) == 1 and found.strength == float(found.strengths[0])


def test_mean_accuracy_leaves_out_what_does_not_occur() -> None:
    assert mean_accuracy(torch.tensor([[3, 1, 0], [0, 0, 0], [1, 0, 1]])) == pytest.approx((0.75 + 0.5) / 2)


def test_digits_are_told_apart_by_their_pixels() -> None:
    network = linear_network(1, size=(8, 8), classes=10)[0]
    found = probe(network, load("digits", "train"), load("digits", "test"), batch=256)
    assert found.mean_accuracy > 0.9 and found.layer == "input of 1" and found.weights.shape == (10, 64)


def test_on_the_pets_the_bundled_network_gives_over_88_percent(shared: Path) -> None:
    train, test = (load("oxford-pets", split, root=shared / "data") for split in ("train", "test"))
    found = probe(seethrough.load(), train, test)
    assert isinstance(train, Dataset) and found.mean_accuracy > 0.88
    assert len(found.classes) == 37 and len(found) == len(test)
