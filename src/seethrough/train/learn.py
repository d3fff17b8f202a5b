"""The loop of training: pictures in batches, down the slope of the loss, epoch after epoch."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from seethrough.errors import UserError
from seethrough.fool.radius import number
from seethrough.jobs import Job, Step
from seethrough.networks.network import Network, gradients
from seethrough.networks.streams import image_streams
from seethrough.train.against import Against, against_named
from seethrough.train.augment import changes_named
from seethrough.train.descent import optimiser_of, put_state, rate_at, set_rate, state_of
from seethrough.train.mix import cutmix
from seethrough.train.recipe import WARM, Recipe

COLUMNS = ("loss", "accuracy", "validation loss", "validation accuracy", "rate", "seconds")
"""What is written down of every epoch: of the batches as they were learned from, then of the validation part."""
AT_ONCE = 500
"""Pictures in a pass without gradients."""


@dataclass(frozen=True)
class Pictures:
    """Pictures in memory, pixels uint8 [N, C, H, W], and what they show [N]."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.labels)

    def batch(self, places: Tensor) -> Tensor:
        """Return some of them [b, C, H, W] in [0, 1]."""
        return self.pixels[places].float().div_(255)


@dataclass(frozen=True)
class Learned:
    """Where a training stands: the curves [epochs, columns], the weights to keep, and the epoch they are of (from 1)."""

    curves: Tensor
    weights: Mapping[str, Tensor]
    best: int


def learn(
    network: Network,
    pictures: Pictures,
    validation: Pictures | None,
    recipe: Recipe,
    *,
    frozen: Sequence[str] = (),
    peek: Callable[[Learned], object] | None = None,
    resume: Mapping[str, Tensor] | None = None,
) -> Job[Learned]:
    """Train the network's module in place; return the weights of the best epoch on the validation part, or of the last.

    Everything drawn by chance comes from the seed and the epoch alone, so a training that goes on from the state of a Step
    ends where it would have ended. A Step has a state at the end of an epoch. Parameters and norms of the `frozen` parts stay.
    """
    module, attack = network.module, _attack(recipe)
    parts = [module.get_submodule(name) for name in frozen]
    optimiser = optimiser_of(module, recipe)
    batches = math.ceil(len(pictures) / recipe.batch)
    done = Learned(torch.zeros(0, len(COLUMNS), dtype=torch.float64), {}, 0)
    if resume:
        with gradients():
            done = _resumed(resume, module, optimiser)
    total = recipe.epochs * batches
    for epoch in range(len(done.curves), recipe.epochs):
        (stream,) = image_streams(recipe.seed, 1, epoch)
        begun, losses, right, seen = time.monotonic(), 0.0, 0, 0
        spent = 0.0
        chosen = _batches(len(pictures), recipe.batch, stream)
        for place, places in enumerate(chosen):
            rate = rate_at(recipe, epoch * batches + place, total)
            set_rate(optimiser, rate)
            with network.lock, _own_chance(network, stream):
                module.train()
                for part in parts:
                    part.training = False
                # From full eps on, a network that knows nothing yet learns nothing: eps grows while the rate does.
                reach = min((epoch * batches + place + 1) / (WARM * total), 1.0)
                loss, hits = _step(network, pictures, places, recipe, attack, reach, optimiser, stream)
            if not math.isfinite(loss):
                raise UserError(
                    f"the loss is not a number any more (epoch {epoch + 1}, batch {place + 1}): "
                    f"rate {recipe.rate:g} is too high for this network; try {recipe.rate / 10:g}"
                )
            losses, right, seen = losses + loss * len(places), right + hits, seen + len(places)
            values = {"epoch": epoch + 1, "loss": losses / seen, "accuracy": right / seen, **_last(done)}
            if place + 1 < len(chosen):
                spent += time.monotonic() - begun
                if (yield Step(epoch * batches + place + 1, total, values, _peek(peek, done))):
                    return _weights_kept(done, module)
                begun = time.monotonic()
        checked = (math.nan, math.nan) if validation is None else tried(network, validation)
        spent += time.monotonic() - begun
        row = torch.tensor([[losses / seen, right / seen, *checked, rate, spent]], dtype=torch.float64)
        done = _after(done, row, module)
        state = _state(done, module, optimiser)
        values = {"epoch": epoch + 1, "loss": losses / seen, "accuracy": right / seen, **_last(done)}
        last = Step((epoch + 1) * batches, total, values, _peek(peek, done), lambda state=state: state)  # type: ignore[misc]
        if (yield last):
            break
    return done


def tried(network: Network, pictures: Pictures) -> tuple[float, float]:
    """Return the mean loss and the share of pictures that are read rightly."""
    scores = scores_of(network, pictures)
    loss = functional.cross_entropy(scores, pictures.labels)
    return float(loss), float((scores.argmax(1) == pictures.labels).double().mean())


def scores_of(network: Network, pictures: Pictures) -> Tensor:
    """Return the scores [N, classes] of pictures."""
    with torch.inference_mode():
        parts = torch.split(torch.arange(len(pictures)), AT_ONCE)
        return torch.cat([network.scores(pictures.batch(part).to(network.device)).float().cpu() for part in parts])


def _step(
    network: Network,
    pictures: Pictures,
    places: Tensor,
    recipe: Recipe,
    attack: Against | None,
    reach: float,
    optimiser: torch.optim.Optimizer,
    stream: torch.Generator,
) -> tuple[float, int]:
    """Learn from one batch; return its loss, and how many of it were read rightly before."""
    with gradients():
        images = pictures.batch(places)
        for change in changes_named(recipe.augment):
            images = change(images, stream)
        labels = pictures.labels[places].to(network.device)
        if recipe.mix:
            images, other, own = (part.to(network.device) for part in cutmix(images, recipe.mix, stream))
            scores = _scores(network, images, recipe)
            both = _losses(scores, labels, recipe), _losses(scores, labels[other], recipe)
            loss = (own * both[0] + (1 - own) * both[1]).mean()
        elif attack is None:
            scores = _scores(network, images.to(network.device), recipe)
            loss = _losses(scores, labels, recipe).mean()
        else:
            images = images.to(network.device)
            attacked = _attacked(network, images, labels, recipe, attack, reach, stream)
            scores = _scores(network, attacked, recipe)
            loss = _losses(scores, labels, recipe).mean()
            if attack.clean:
                as_is = _losses(_scores(network, images, recipe), labels, recipe).mean()
                loss = attack.clean * as_is + (1 - attack.clean) * loss
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        optimiser.zero_grad()
    return float(loss.detach()), int((scores.detach().argmax(1) == labels).sum())


def _attacked(
    network: Network,
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    attack: Against,
    reach: float,
    stream: torch.Generator,
) -> Tensor:
    """Return the batch as an attacker leaves it, who sees the network as it would be used."""
    with network.quiet():
        return attack(lambda pixels: _scores(network, pixels, recipe), images, labels, stream, reach)


def _scores(network: Network, images: Tensor, recipe: Recipe) -> Tensor:
    with torch.autocast(network.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        scores: Tensor = network.module(network.normalised(images))
    return scores.float()


def _losses(scores: Tensor, labels: Tensor, recipe: Recipe) -> Tensor:
    return functional.cross_entropy(scores, labels, label_smoothing=recipe.smoothing, reduction="none")


def _attack(recipe: Recipe) -> Against | None:
    def read(name: str) -> float | None:
        said = getattr(recipe, name)
        return None if said is None else number(said, name)

    return against_named(recipe.against, read("eps"), recipe.attack_steps, read("attack_step"))


def _batches(count: int, size: int, stream: torch.Generator) -> Sequence[Tensor]:
    """Return the places of every batch, in an order drawn anew; one picture alone makes no batch: norms need two."""
    chosen = torch.split(torch.randperm(count, generator=stream), size)
    return chosen[:-1] if len(chosen) > 1 and len(chosen[-1]) == 1 else chosen


@contextmanager
def _own_chance(network: Network, stream: torch.Generator) -> Iterator[None]:
    """Let what draws from the global random state (dropout) draw from a seed of ours, and leave no trace there."""
    with torch.random.fork_rng([network.device] if network.device.type == "cuda" else []):
        torch.manual_seed(int(torch.randint(2**31, (), generator=stream)))
        yield


def _after(done: Learned, row: Tensor, module: nn.Module) -> Learned:
    """Write an epoch down, and keep its weights where no epoch was better on the validation part."""
    curves = torch.cat([done.curves, row])
    accuracy, loss = (curves[:, COLUMNS.index(name)] for name in ("validation accuracy", "validation loss"))
    # Of epochs that read as many rightly the one of the smaller loss; without a validation part the last.
    ranked = [(float(a), -float(b)) for a, b in zip(accuracy, loss, strict=True)]
    best = len(curves) if math.isnan(ranked[-1][0]) else max(range(len(ranked)), key=lambda at: ranked[at]) + 1
    weights = _copied(module) if best == len(curves) else done.weights
    return Learned(curves, weights, best)


def _weights_kept(done: Learned, module: nn.Module) -> Learned:
    """Return what there is: before the first epoch has ended, the weights as they stand."""
    return done if done.best else replace(done, weights=_copied(module))


def _copied(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}


def _state(done: Learned, module: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        "curves": done.curves,
        "best": torch.tensor(done.best),
        **{f"kept.{name}": value for name, value in done.weights.items()},
        **{f"now.{name}": value for name, value in _copied(module).items()},
        **state_of(optimiser),
    }


def _resumed(kept: Mapping[str, Tensor], module: nn.Module, optimiser: torch.optim.Optimizer) -> Learned:
    now = {name.removeprefix("now."): value for name, value in kept.items() if name.startswith("now.")}
    module.load_state_dict(now)
    put_state(optimiser, kept)
    weights = {name.removeprefix("kept."): value for name, value in kept.items() if name.startswith("kept.")}
    return Learned(kept["curves"], weights, int(kept["best"]))


def _last(done: Learned) -> dict[str, float]:
    accuracy = COLUMNS.index("validation accuracy")
    if not len(done.curves) or math.isnan(float(done.curves[-1, accuracy])):
        return {}
    return {"validation": float(done.curves[-1, accuracy])}


def _peek(peek: Callable[[Learned], object] | None, done: Learned) -> Callable[[], object] | None:
    return None if peek is None else lambda: peek(done)
