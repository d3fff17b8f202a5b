import pytest
import torch

from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.see.compare import compare
from seethrough.see.deletion_insertion import deletion_insertion
from seethrough.see.grad_cam import grad_cam
from seethrough.see.gradient import gradient
from tests.nets import linear_network, random_photos, small_cnn


def test_the_maps_and_areas_are_those_of_the_methods_themselves() -> None:
    network, images = small_cnn(), random_photos(2)
    found = compare(network, images, [1, 4], methods="gradient, grad-cam", steps=4, deleted="grey", inserted="mean")
    alone = (gradient(network, images, [1, 4]), grad_cam(network, images, [1, 4]))
    assert found.names == ("gradient", "grad_cam")
    assert found.deletion is not None and found.insertion is not None
    for number, heatmap in enumerate(alone):
        assert found.maps[number] == heatmap
        curves = deletion_insertion(network, images, heatmap, steps=4, deleted="grey", inserted="mean")
        torch.testing.assert_close(found.deletion[number], curves.deletion_area)
        torch.testing.assert_close(found.insertion[number], curves.insertion_area)


def test_without_a_class_all_methods_explain_the_same_first_guess() -> None:
    network, images = small_cnn(), random_photos(2)
    found = compare(network, images, methods=["gradient", "occlusion", "layer_cam"], steps=2)
    top = network(images).argmax(1).tolist()
    assert [[target.index for target in one.targets] for one in found.maps] == [top] * 3


def test_the_default_methods_run_on_a_small_network() -> None:
    network, images = small_cnn(), random_photos(1)
    found = compare(network, images, steps=3)
    assert len(found.maps) + len(found.left_out) == 12
    assert len(found.maps) >= 11
    assert found.deletion is not None
    assert found.deletion.shape == (len(found.maps), 1)
    assert found.deletion.isfinite().all()


def test_a_method_that_the_network_refuses_is_left_out_and_named() -> None:
    network, _, _ = linear_network()
    found = compare(network, random_photos(1), methods="cam,gradient,grad_cam", steps=2)
    assert found.names == ("gradient",)
    assert [line.partition(":")[0] for line in found.left_out] == ["cam", "grad_cam"]
    assert "does not end in average pooling" in found.left_out[0]
    with pytest.raises(UserError, match="linear refuses all that were asked for: cam: linear does not end"):
        compare(network, random_photos(1), methods="cam", steps=2)


def test_progress_is_that_of_one_job() -> None:
    network, images = small_cnn(), random_photos(1)
    seen: list[Step] = []
    run(compare.job(network, images, methods="smooth_grad,gradient,occlusion", steps=4, batch=4), seen.append)
    done = [step.done for step in seen]
    assert done == sorted(done)
    assert {step.total for step in seen} == {100}
    assert done[-1] == 100
    assert max(b - a for a, b in zip([0, *done], done, strict=False)) <= 25  # no method is one leap of a third
    assert len(set(done)) > 8


def test_asked_to_stop_it_returns_the_methods_done() -> None:
    network, images = small_cnn(), random_photos(1)
    names = "smooth_grad,gradient,occlusion"
    whole = compare(network, images, methods=names, steps=4, batch=4)
    assert whole.deletion is not None
    first = run(compare.job(network, images, methods=names, steps=4, batch=4), lambda step: True)
    assert first.names == ("smooth_grad",)
    for begin, end in ((70, 83), (85, 100)):  # while occlusion makes its map, and while that map is measured
        asked: list[int] = []

        def once(step: Step) -> bool:
            if begin <= step.done < end and not asked:
                asked.append(step.done)
                return True
            return False

        part = run(compare.job(network, images, methods=names, steps=4, batch=4), once)
        assert asked
        assert part.names == ("smooth_grad", "gradient")
        assert part.deletion is not None
        assert torch.equal(part.deletion, whole.deletion[:2])


def test_what_cannot_be_compared_is_refused_in_one_line() -> None:
    network, images = small_cnn(), random_photos(1)
    for options, says in (
        ({"methods": "gradient,grad-kam"}, "method 'grad-kam' is not known; closest: grad-cam"),
        ({"methods": " , "}, "methods is ' , '"),
        ({"methods": []}, "methods is []"),
        ({"methods": "cam-sheet"}, "cam-sheet makes no map of a class"),
        ({"methods": "gradient", "steps": 0}, "steps is 0"),
        ({"methods": "gradient", "deleted": "hole"}, "fill is 'hole'"),
        ({"methods": "gradient", "classes": "dodo"}, "dodo"),
    ):
        with pytest.raises(UserError) as refusal:
            compare(network, images, **options)  # type: ignore[arg-type]
        assert says in str(refusal.value)
        assert "\n" not in str(refusal.value)
