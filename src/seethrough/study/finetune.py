"""Fine-tuning: the first layers of a trained network stay, the rest learns other classes."""

from collections.abc import Mapping
from pathlib import Path

from torch import nn

from seethrough.datasets.dataset import Dataset
from seethrough.errors import UserError
from seethrough.jobs import Job, job
from seethrough.networks.head import last_linear
from seethrough.networks.network import Network
from seethrough.results.training import Training
from seethrough.train.begin import arch_of, with_new_head
from seethrough.train.hold import check_parts, hold, split
from seethrough.train.recipe import Recipe
from seethrough.train.teach import Lesson, teach


@job
def finetune(
    network: Network,
    data: Dataset,
    test: Dataset | None = None,
    *,
    layer: str | None = None,
    validation: float = 0.1,
    epochs: int = 5,
    batch: int = 32,
    optimiser: str = "adam",
    rate: float = 0.001,
    momentum: float = 0.9,
    decay: float = 0.0005,
    schedule: str = "cycle",
    smoothing: float = 0.0,
    augment: str = "",
    mix: float = 0.0,
    precision: str = "float32",
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    notes: Mapping[str, str] | None = None,
) -> Job[Training]:
    """Teach a trained network other classes: layers up to `layer` stay as they are, a new softmax takes the last one's place.

    Without a layer everything but the new softmax stays (Yosinski et al. 2014, arXiv:1411.1792, say what that costs at which
    layer). The network itself is not changed: a copy learns. `out` is a folder for it, which `load(out)` reads.

    >>> finetune(network, pets, unseen, layer="blocks.5", epochs=5, augment="mirror").save("pets.png")
    """
    recipe = Recipe(
        epochs=epochs,
        batch=batch,
        optimiser=optimiser,
        rate=rate,
        momentum=momentum,
        decay=decay,
        schedule=schedule,
        smoothing=smoothing,
        augment=augment,
        mix=mix,
        precision=precision,
        seed=seed,
    )
    check_parts(data, test)
    arch = arch_of(network, kept=out is not None)
    frozen = layers_up_to(network, layer)
    pupil = with_new_head(network, data.classes, seed)
    for name in frozen:
        for weight in pupil.module.get_submodule(name).parameters(recurse=False):
            weight.requires_grad = False
    pictures, broken = yield from hold(data, network.frame)
    unseen, broken_too = (None, ()) if test is None else (yield from hold(test, network.frame))
    learned_from, validated = split(pictures, validation, seed)
    stays = layer or "all but the last layer"
    lesson = Lesson(
        method="study.finetune",
        network=pupil,
        arch=arch,
        data=data.name,
        first=f"those of {network.name}, frozen: {stays}",
        pictures=learned_from,
        validation=validated,
        unseen=unseen,
        recipe=recipe,
        frozen=frozen,
        broken=broken + broken_too,
        notes=notes or {},
    )
    return (yield from teach(lesson, None if out is None else Path(out), resume))


def layers_up_to(network: Network, layer: str | None) -> tuple[str, ...]:
    """Return the modules with weights or statistics of their own that have finished when a layer has; without one all but
    the last linear layer.
    """
    head = last_linear(network).partition("#")[0]
    own = [name for name, part in network.module.named_modules() if _has_own(part)]
    if layer is None:
        return tuple(name for name in own if name != head)
    names = list(network.layers)
    end = names.index(network.resolve_layer(layer)) + 1
    if head in names[:end]:
        raise UserError(f"layer {layer!r} is the last one of {network.name} or after it; something has to learn")
    finished = {name.partition("#")[0] for name in names[:end]}
    # What lies inside a module that has finished has, too, also what gives no tensor of its own (attention does not).
    # What is the whole's own (a class token) goes in before any layer.
    return tuple(name for name in own if not name or any(f"{name}.".startswith(f"{one}.") for one in finished))


def _has_own(part: nn.Module) -> bool:
    own = [*part.parameters(recurse=False), *part.buffers(recurse=False)]
    return bool(own)
