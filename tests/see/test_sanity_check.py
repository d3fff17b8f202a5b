import copy

import numpy as np
import pytest
import timm
import torch
from skimage.metrics import structural_similarity

import seethrough
from seethrough.errors import UserError
from seethrough.jobs import Step, run
from seethrough.networks.network import Network
from seethrough.see.grad_cam import grad_cam
from seethrough.see.sanity_check import sanity_check
from tests.nets import random_photos, small_cnn


@pytest.fixture(scope="module")
def lite0() -> Network:
    return seethrough.load()


def test_grad_cam_of_the_bundled_network_changes_once_the_head_is_random(lite0: Network) -> None:
    pixels = lite0.frame(seethrough.photo("cat"))
    found = sanity_check(lite0, pixels, "tiger cat", stages=2)
    assert found.layers == ("classifier", "conv_stem")
    assert found.depths == (1, found.weighted)
    assert found.rank[0].tolist() == pytest.approx([1])
    assert found.structure[0].tolist() == pytest.approx([1])
    assert float(found.rank[1:].abs().max()) < 0.5
    assert float(found.structure[1:].max()) < 0.7


def test_the_network_and_the_global_random_state_are_left_as_they_were() -> None:
    network, images = small_cnn(), random_photos(2)
    before = copy.deepcopy(network.module.state_dict())
    state = torch.get_rng_state()
    found = sanity_check(network, images, layer="conv2", stages=3)
    assert torch.equal(state, torch.get_rng_state())
    for name, value in network.module.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(weight.grad is None for weight in network.module.parameters())
    assert torch.equal(found.maps[0], grad_cam(network, images, layer="conv2").values)
    assert network.lock.acquire(blocking=False)
    network.lock.release()


def test_the_layers_go_from_the_output_down_in_even_steps_to_the_last() -> None:
    network, images = small_cnn(), random_photos(1)
    every = sanity_check(network, images, stages=4, method="gradient")
    assert every.layers == ("head", "conv2", "norm", "conv1")
    assert every.depths == (1, 2, 3, 4)
    assert every.maps.shape == (5, 1, 40, 56)
    few = sanity_check(network, images, stages=2, method="gradient")
    assert few.layers == ("head", "conv1")
    # The same weights are drawn, however many stages lead to them.
    assert torch.equal(few.maps[-1], every.maps[-1])
    assert sanity_check(network, images, stages=1, method="gradient").depths == (4,)


def test_a_stage_is_the_map_of_a_network_with_those_layers_random_for_the_first_class() -> None:
    network, images = small_cnn(), random_photos(2)
    top = network(images).argmax(1)
    found = sanity_check(network, images, method="gradient", stages=2, seed=5)
    twin = small_cnn()
    random = torch.Generator().manual_seed(5)
    for layer in (twin.module.head,):
        for weight in (layer.weight, layer.bias):
            drawn = torch.randn(weight.shape, generator=random)
            weight.data = weight.data.mean() + weight.data.std(correction=0) * drawn
    slope = twin.score_gradient(images, top).abs().amax(1)
    torch.testing.assert_close(found.maps[1], slope)
    assert [target.index for target in found.heatmap.targets] == top.tolist()


def test_the_similarities_are_those_of_the_maps_it_returns() -> None:
    network, images = small_cnn(), random_photos(2)
    found = sanity_check(network, images, method="gradient", stages=3)
    for stage in range(4):
        for place in range(2):
            pair = [maps[place].double().numpy() for maps in (found.maps[0], found.maps[stage])]
            one, other = ((each - each.min()) / np.ptp(each) for each in pair)
            expected = structural_similarity(one, other, data_range=1.0)
            assert float(found.structure[stage, place]) == pytest.approx(expected)


def test_equal_seeds_give_equal_results_and_others_do_not() -> None:
    network, images = small_cnn(), random_photos(1)
    one, two, other = (sanity_check(network, images, stages=2, method="gradient", seed=seed) for seed in (1, 1, 2))
    assert one == two
    assert not torch.equal(one.maps[-1], other.maps[-1])


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_for_a_caller_without_gradients_and_a_frozen_network(mode: type[torch.no_grad]) -> None:
    network, images = small_cnn(channels=1), random_photos(1, channels=1)
    outside = sanity_check(network, images, stages=2, layer="conv2")
    network.module.requires_grad_(False)
    with mode():
        inside = sanity_check(network, images, stages=2, layer="conv2")
    torch.testing.assert_close(inside.maps, outside.maps)


def test_a_transformer_keeps_the_layer_of_the_first_map_and_its_tokens_become_random_last() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = timm.create_model("vit_tiny_patch16_224", img_size=64, num_classes=7)
    network = Network(module.eval(), size=64, mean=0.5, std=0.5, name="vit")
    found = sanity_check(network, random_photos(1, size=(64, 64)), stages=2)
    assert found.layers == ("head", "input tokens")
    assert found.settings["layer"] == grad_cam(network, random_photos(1, size=(64, 64))).settings["layer"]
    assert found.maps.isfinite().all()


def test_half_precision_modules_are_checked_too() -> None:
    network, images = small_cnn(), random_photos(1)
    network.module.bfloat16()
    found = sanity_check(network, images, stages=4, method="gradient")
    assert found.maps.dtype == torch.float32
    assert float(found.rank[-1]) < 0.9


def test_asked_to_stop_it_returns_the_stages_done() -> None:
    network, images = small_cnn(), random_photos(1)
    settings = {"method": "smooth_grad", "samples": 6, "batch": 2, "stages": 4}
    whole = sanity_check(network, images, **settings)
    seen: list[Step] = []
    part = run(sanity_check.job(network, images, **settings), lambda step: seen.append(step) or step.done >= 50)
    assert 1 < len(part.maps) < 5
    assert part.layers == whole.layers[: len(part.maps) - 1]
    assert torch.equal(part.maps, whole.maps[: len(part.maps)])
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    first = run(sanity_check.job(network, images, **settings), lambda step: True)
    assert len(first.maps) == 1
    assert first.rank.tolist() == [[pytest.approx(1)]]
    assert "no stage done" in str(first)


def test_what_cannot_be_checked_is_refused_in_one_line() -> None:
    network, images = small_cnn(), random_photos(1)
    for options, says in (
        ({"method": "grad_kam"}, "method 'grad_kam' is not known; closest: grad-cam"),
        ({"method": "backprop-compare"}, "makes no map of a class"),
        ({"stages": 0}, "stages is 0; it takes 1 to 4"),
        ({"stages": 5}, "stages is 5; it takes 1 to 4"),
        ({"method": "smooth_grad", "sampels": 3}, "setting of smooth-grad 'sampels' is not known; closest: samples"),
        ({"method": "smooth_grad", "samples": 0}, "samples: 0 does not fit; it takes 1 to 10000"),
        ({"method": "gradient", "layer": "conv2"}, "setting of gradient 'layer' is not known"),
    ):
        with pytest.raises(UserError) as refusal:
            sanity_check(network, images, **options)  # type: ignore[arg-type]
        assert says in str(refusal.value)
        assert "\n" not in str(refusal.value)
